"""Paints one picture from its prompt, in about half a second of CPU.

Importing this module is cheap: numpy and Pillow are imported with the first picture.
"""

import hashlib

from domain import Style
from errors import ProviderRefusedError
from studio.prompts import read_scene

MIN_SIDE = 16
MAX_SIDE = 4_096


def check_size(width: int, height: int) -> None:
    """Refuse a size that cannot be painted, in pixels.

    Raises:
        ProviderRefusedError: A side is too short or too long.
    """
    if not MIN_SIDE <= min(width, height) <= max(width, height) <= MAX_SIDE:
        raise ProviderRefusedError(
            f"The studio paints {MIN_SIDE} to {MAX_SIDE} pixels a side, not {width}x{height}."
        )


def paint_picture(
    prompt: str, *, style: Style, style_prompt: str | None, width: int, height: int, seed: int
) -> bytes:
    """The picture as a JPEG of this size in pixels; equal arguments give equal bytes."""
    from studio.paint.looks import paint  # heavy: see above

    return paint(
        read_scene(prompt, style_prompt),
        style,
        width=width,
        height=height,
        seed=_seed(prompt, style_prompt, seed),
    )


def _seed(prompt: str, style_prompt: str | None, wished: int) -> int:
    """A seed from prompt and requested seed: an edited prompt gives another picture."""
    text = f"{wished}\n{style_prompt or ''}\n{prompt}"
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big")
