"""What a client wants of a picture: its width and its type."""

import pytest
from starlette.datastructures import Headers, QueryParams

from errors import InvalidInputError
from web.picture_sizes import best_type, wanted_width

STORY_ID = "0d3c2f6e-5f1d-4c8e-9a3b-6e1f0a2b4c5d"
NAME = f"stories/{STORY_ID}/01a22d05-b024-7330-b290-9b168820811b"
JPEG, PNG, WEBP, FILM = (f"{NAME}{suffix}" for suffix in (".jpg", ".png", ".webp", ".mp4"))
CHROMIUM = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "key", "media_type"),
    [
        (CHROMIUM, JPEG, "image/avif"),
        ("image/webp,*/*", JPEG, "image/webp"),
        ("Image/WebP ; q=0.2, IMAGE/AVIF;q=0.1", PNG, "image/avif"),
        ("image/avif;q=0, image/webp;q=0.000", JPEG, "image/jpeg"),
        ("image/avif; q=0.05", PNG, "image/avif"),
        ("image/avifs, text/image/webp", PNG, "image/png"),
        ("*/*", JPEG, "image/jpeg"),
        ("image/*", PNG, "image/png"),
        ("", WEBP, "image/webp"),
        (",;q=0,;", JPEG, "image/jpeg"),
    ],
)
def test_the_type_is_the_smallest_that_the_client_names_else_the_pictures_own(
    accept: str, key: str, media_type: str
) -> None:
    assert best_type(key, Headers({"Accept": accept})) == media_type


def test_without_the_header_the_type_is_the_pictures_own() -> None:
    assert best_type(PNG, Headers()) == "image/png"


def test_a_width_is_wanted_of_pictures_alone() -> None:
    assert wanted_width(JPEG, QueryParams("w=500")) == 640
    assert wanted_width(JPEG, QueryParams("")) is None
    assert wanted_width(JPEG, QueryParams("w=999999999")) is None
    assert wanted_width(FILM, QueryParams("w=500")) is None


@pytest.mark.parametrize("told", ["", "0", "-1", "1e3", "480.0", " 480", "٤٨٠", "9" * 400, "w"])
def test_anything_else_is_refused(told: str) -> None:
    with pytest.raises(InvalidInputError, match="`w` must be a positive number of pixels") as error:
        wanted_width(JPEG, QueryParams({"w": told}))

    assert error.value.field == ("w",)
