"""What a film will lack, told before it is made: letters that no font here has.

A long text takes a moment of CPU, and fonts are read from the disk, so that is done beside the
event loop, and in turn with the estimates.
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
    """What `compose_film` would say of the story's letters, with the fonts that are here now.

    `burned` are the narrations in the picture, by the positions of their shots; `text` is what
    these will be made of, while there are none.
    """
    async with production.estimating:
        return await asyncio.to_thread(_look, production.typefaces, story, burned, text)


def _look(
    typefaces: Typefaces, story: StoryRow, burned: Mapping[int, str], text: str
) -> list[VideoWarning]:
    words = [*burned.values(), text]
    lettering = letter_words(story.title or "", words, typefaces, language=story.language)
    return [glyphs_missing(lettering.missing, burned)] if lettering.missing else []
