"""Expresses parameters of a picture for services that lack the fields for them."""

from collections.abc import Iterable

from domain import Size, Style
from orchestration.providers.ports import ImageRequest

_STYLE_WORDS = {
    Style.MOVIE: "cinematic film still",
    Style.ANIMATION: "animated film, clean outlines",
    Style.REALISTIC: "photorealistic",
}


def styled_prompt(request: ImageRequest) -> str:
    """The prompt with the style at its end."""
    words = filter(None, (request.prompt, _STYLE_WORDS[request.style], request.style_prompt))
    return ", ".join(words)


def nearest_size(request: ImageRequest, sizes: Iterable[Size]) -> Size:
    """The supported size whose shape is nearest to the requested one."""
    shape = request.width / request.height
    return min(sizes, key=lambda size: abs(size.width / size.height - shape))
