"""The URLs of pictures in the widths that a client asks for."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from tests.factories import Rows, add_rows
from tests.graphql_client import ask, post, serving_stage
from tests.stage import Stage

PICTURES = """query($id: ID!, $width: Int) { story(id: $id) {
    thumbnailUrl(width: $width)
    shots { imageUrl(width: $width) thumbnailUrl(width: $width) take { imageUrl(width: $width) } }
    video { thumbnailUrl(width: $width) }
} }"""


@pytest.fixture(scope="module")
async def url(idle_stage: Stage) -> AsyncIterator[str]:
    async with serving_stage(idle_stage) as url:
        yield url


@pytest.fixture
async def rows(idle_stage: Stage) -> Rows:
    """A story with a picture and a film."""
    rows = await add_rows(idle_stage.database)
    key = f"stories/{rows.story}/{rows.video}.jpg"
    async with idle_stage.database.transaction() as session:
        await session.execute(
            text("UPDATE video SET thumbnail_key = :key WHERE id = :id"),
            {"key": key, "id": rows.video},
        )
    return rows


@pytest.mark.parametrize(
    ("width", "query"), [(None, ""), (200, "?w=320"), (640, "?w=640"), (2_561, ""), (2**31 - 1, "")]
)
async def test_every_picture_has_a_url_in_the_next_of_the_fixed_widths(
    url: str, rows: Rows, width: int | None, query: str
) -> None:
    data = await ask(url, PICTURES, {"id": str(rows.story), "width": width})

    picture = f"{url}/media/stories/{rows.story}/{rows.take}.png{query}"
    assert data["story"] == {
        "thumbnailUrl": picture,
        "shots": [
            {"imageUrl": picture, "thumbnailUrl": picture, "take": {"imageUrl": picture}},
        ],
        "video": {"thumbnailUrl": f"{url}/media/stories/{rows.story}/{rows.video}.jpg{query}"},
    }


@pytest.mark.parametrize("width", [0, -640])
async def test_a_width_that_is_not_positive_is_refused_where_it_stands(
    url: str, rows: Rows, width: int
) -> None:
    answer = await post(url, PICTURES, {"id": str(rows.story), "width": width})

    fields = {tuple(str(part) for part in error["path"]) for error in answer["errors"]}
    assert len(fields) == len(answer["errors"]) == 5
    for error in answer["errors"]:
        assert error["message"] == f"`width` must be a positive number of pixels, not {width}."
        assert error["extensions"]["code"] == "OUT_OF_RANGE"
    assert answer["data"]["story"]["thumbnailUrl"] is None
