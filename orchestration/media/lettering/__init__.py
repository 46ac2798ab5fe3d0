"""Text in pictures: subtitles, title cards, typefaces and line breaks."""
