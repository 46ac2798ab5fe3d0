"""Variants of pictures: which widths there are, and under which keys they are kept."""

from uuid import uuid4

import pytest

from errors import NotFoundError
from orchestration.media.store import new_key, parse_key, store_key
from orchestration.media.variants import (
    WIDTHS,
    has_variants,
    variant_key,
    variant_keys,
    variant_width,
)

STORY_ID = "0d3c2f6e-5f1d-4c8e-9a3b-6e1f0a2b4c5d"


@pytest.mark.parametrize(
    ("wanted", "width"),
    [(1, 320), (320, 320), (321, 480), (481, 640), (2560, 2560), (2561, None), (2**31, None)],
)
def test_a_width_is_rounded_up_to_the_next_fixed_one(wanted: int, width: int | None) -> None:
    assert variant_width(wanted) == width


def test_variants_are_named_after_their_picture_and_have_no_address_of_their_own() -> None:
    picture = new_key(STORY_ID, ".png")

    key = variant_key(picture, width=480, media_type="image/avif")

    assert key == picture.removesuffix(".png") + ".w480.avif"
    with pytest.raises(NotFoundError):
        parse_key(key)


def test_only_pictures_have_variants_and_each_a_few() -> None:
    picture, film = (new_key(STORY_ID, suffix) for suffix in (".jpg", ".mp4"))

    assert (has_variants(picture), has_variants(film)) == (True, False)
    assert variant_keys([film]) == []
    assert len(set(variant_keys([picture, film]))) == len(WIDTHS) * 4
    assert variant_key(picture, width=320, media_type="image/jpeg") in variant_keys([picture])


def test_the_possible_types_of_one_picture_share_their_variants() -> None:
    name = uuid4()
    keys = [store_key(STORY_ID, name, suffix) for suffix in (".jpg", ".png", ".webp")]

    assert variant_keys(keys) == variant_keys(keys[:1])
