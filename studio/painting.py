"""Paints one picture from its prompt; the function that the pool's workers call.

Importing this module is cheap: numpy and Pillow come with the first picture, in the worker.
"""

import hashlib

from orchestration.providers.ports import ImageRequest
from studio.prompts import read_scene


def paint_picture(request: ImageRequest) -> bytes:
    """The picture as a JPEG; the same request gives the same bytes."""
    from studio.paint.looks import paint  # heavy: see above

    return paint(
        read_scene(request.prompt, request.style_prompt),
        request.style,
        width=request.width,
        height=request.height,
        seed=_seed(request),
    )


def _seed(request: ImageRequest) -> int:
    """A seed of prompt and wish together: an edited prompt gives another picture."""
    text = f"{request.seed}\n{request.style_prompt or ''}\n{request.prompt}"
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big")
