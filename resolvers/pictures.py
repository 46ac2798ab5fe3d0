"""The widths of pictures that clients ask for."""

from errors import InvalidInputError
from orchestration.media.variants import variant_width


def parse_width(wanted: int, *, field: str = "width") -> int | None:
    """The next of the fixed widths; None if it is beyond them, which means the picture itself.

    Raises:
        InvalidInputError: The wanted width is not positive; `field` is its name.
    """
    if wanted < 1:
        raise InvalidInputError(
            f"`{field}` must be a positive number of pixels, not {wanted}.",
            code="OUT_OF_RANGE",
            field=(field,),
        )
    return variant_width(wanted)
