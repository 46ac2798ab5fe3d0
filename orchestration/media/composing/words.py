"""The text in the film itself, and its fonts."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from orchestration.media.composing.film import Film
from orchestration.media.composing.segments import FONTS_FOLDER, Card, Segment
from orchestration.media.lettering.cards import end_track, end_words, title_track, title_words
from orchestration.media.lettering.subtitles import Cue, ass_track
from orchestration.media.lettering.typefaces import Lettering, Typefaces
from orchestration.media.lettering.typesetting import clean_text


def letter_film(film: Film, typefaces: Typefaces) -> Lettering:
    """Choose the faces for all text in the film; reads fonts, so not on the event loop."""
    burned = [shot.narration for shot in film.shots] if film.burn_subtitles else []
    return letter_words(film.title, burned, typefaces, language=film.language)


def letter_words(
    title: str, burned: Sequence[str], typefaces: Typefaces, *, language: str | None
) -> Lettering:
    """The same, for text that may become a film; `burned` are its burned-in subtitles."""
    title = title_words(title)
    texts = [title, end_words(title, language), *map(clean_text, burned)]
    return typefaces.letter(texts, language=language)


def link_fonts(lettering: Lettering, folder: Path) -> None:
    """Put the faces' files where the renderer finds them, each under a generated name."""
    fonts = folder / FONTS_FOLDER
    fonts.mkdir()
    for number, face in enumerate(lettering.faces):
        (fonts / f"{number}{face.path.suffix}").symlink_to(face.path.absolute())


def words_track(segment: Segment, film: Film, lettering: Lettering, cues: Iterable[Cue]) -> str:
    """The ASS script of a segment; `cues` are those of its shot, from the segment's beginning."""
    size, language = film.size, film.language
    title = title_words(film.title)
    if segment.card is Card.TITLE:
        return title_track(title, lettering, size=size, language=language)
    if segment.card is Card.END:
        return end_track(title, lettering, size=size, language=language)
    return ass_track(cues, size=size, lettering=lettering, language=language)
