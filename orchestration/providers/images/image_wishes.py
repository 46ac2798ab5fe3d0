"""What is wished of a picture, in the words and sizes of services that lack the fields for it."""

from collections.abc import Iterable

from domain import Size, Style
from orchestration.providers.ports import ImageRequest

_STYLE_WORDS = {
    Style.MOVIE: "cinematic film still",
    Style.ANIMATION: "animated film, clean outlines",
    Style.REALISTIC: "photorealistic",
}


def styled_prompt(request: ImageRequest) -> str:
    """The prompt with the look at its end."""
    words = filter(None, (request.prompt, _STYLE_WORDS[request.style], request.style_prompt))
    return ", ".join(words)


def nearest_size(request: ImageRequest, sizes: Iterable[Size]) -> Size:
    """The one of the sizes whose shape is nearest to the wished one."""
    shape = request.width / request.height
    return min(sizes, key=lambda size: abs(size.width / size.height - shape))
