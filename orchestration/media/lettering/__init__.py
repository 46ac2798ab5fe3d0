"""Sets letters: subtitles, title cards, typefaces and line breaks in pictures."""
