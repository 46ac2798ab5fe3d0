"""The names under which browsers save films."""

import pytest

from web.filenames import attachment


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("The Fox", 'attachment; filename="The Fox.mp4"'),
        (
            "Café là",
            "attachment; filename=\"Cafe la.mp4\"; filename*=UTF-8''Caf%C3%A9%20l%C3%A0.mp4",
        ),
        (
            "孔乙己",
            "attachment; filename=\"key.mp4\"; filename*=UTF-8''%E5%AD%94%E4%B9%99%E5%B7%B1.mp4",
        ),
        (
            "🦊 runs",
            "attachment; filename=\"runs.mp4\"; filename*=UTF-8''%F0%9F%A6%8A%20runs.mp4",
        ),
        ('a/b\\c:d*e?f"g<h>i|j', 'attachment; filename="a b c d e f g h i j.mp4"'),
        ("../../etc/passwd", 'attachment; filename="etc passwd.mp4"'),
        ("9%20 x", "attachment; filename=\"9 20 x.mp4\"; filename*=UTF-8''9%2520%20x.mp4"),
        ("one\r\nSet-Cookie: x=1", 'attachment; filename="one Set-Cookie x=1.mp4"'),
        ("fox\u202e4pm.exe", 'attachment; filename="fox4pm.exe.mp4"'),
        (" . ", 'attachment; filename="key.mp4"'),
        ("", 'attachment; filename="key.mp4"'),
        ("\x00\ud800", 'attachment; filename="key.mp4"'),
    ],
)
def test_a_file_is_named_by_its_title(title: str, expected: str) -> None:
    value = attachment(title, ".mp4", otherwise="key")

    assert value == expected
    assert value.isascii()


@pytest.mark.parametrize("unit", ["a", "孔", "👨\u200d👩\u200d👧", "é", "/"])
def test_no_name_is_longer_than_file_systems_take(unit: str) -> None:
    value = attachment(unit * 400, ".mp4", otherwise="key")

    assert len(value) < 1_000
    assert value.count("%") <= 255
