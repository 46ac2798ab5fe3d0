"""Predicts which letters of a film no font has, before it is made.

A long text takes some CPU, and fonts are read from the disk. So this runs in a thread, and takes
turns with the estimates.
"""

import asyncio
from collections.abc import Mapping

from db.rows import StoryRow, VideoWarning
from orchestration.films.warnings import glyphs_missing
from orchestration.media.composing.words import letter_words
from orchestration.media.lettering.typefaces import Typefaces
from orchestration.work.production import Production


async def foresee_warnings(
    production: Production, story: StoryRow, burned: Mapping[int, str], *, text: str = ""
) -> list[VideoWarning]:
    """The warnings of `compose_film` about the story's letters, with the present fonts.

    `burned` are the narrations in the picture, by the positions of their shots; `text` is their
    source as long as there are none.
    """
    async with production.estimating:
        return await asyncio.to_thread(_look, production.typefaces, story, burned, text)


def _look(
    typefaces: Typefaces, story: StoryRow, burned: Mapping[int, str], text: str
) -> list[VideoWarning]:
    words = [*burned.values(), text]
    lettering = letter_words(story.title or "", words, typefaces, language=story.language)
    return [glyphs_missing(lettering.missing, burned)] if lettering.missing else []
