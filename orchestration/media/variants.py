"""Variants of a stored picture: the same picture in a smaller width and another type.

The widths are few and fixed, so nobody can make the server produce and keep more than a few files
for each picture. The name of a variant begins with that of its picture.
"""

from collections.abc import Iterable
from typing import Final

WIDTHS: Final = (320, 480, 640, 960, 1280, 1920, 2560)
"""In pixels: a third of a phone's screen, the cards of a storyboard, and screens up to 2560."""
_SUFFIXES: Final = {
    "image/avif": ".avif",
    "image/webp": ".webp",
    "image/jpeg": ".jpg",
    "image/png": ".png",
}
PICTURE_SUFFIXES: Final = (".jpg", ".png", ".webp")
VARIANT = r"w(?:{})\.(?:{})".format(
    "|".join(map(str, WIDTHS)), "|".join(suffix[1:] for suffix in _SUFFIXES.values())
)
"""The pattern of a variant's key after that of its picture without the suffix, and a full stop."""


def variant_width(wanted: int) -> int | None:
    """The next of the fixed widths; None if it is beyond them, which means the picture itself."""
    return next((width for width in WIDTHS if width >= wanted), None)


def has_variants(key: str) -> bool:
    """Whether the key is that of a picture."""
    return key.endswith(PICTURE_SUFFIXES)


def variant_key(key: str, *, width: int, media_type: str) -> str:
    """The key of a variant of the picture with this key."""
    return f"{_stem(key)}.w{width}{_SUFFIXES[media_type]}"


def variant_keys(keys: Iterable[str]) -> list[str]:
    """The keys of all variants that the pictures among these may have."""
    stems = dict.fromkeys(_stem(key) for key in keys if has_variants(key))
    return [
        f"{stem}.w{width}{suffix}"
        for stem in stems
        for width in WIDTHS
        for suffix in _SUFFIXES.values()
    ]


def _stem(key: str) -> str:
    return key.partition(".")[0]
