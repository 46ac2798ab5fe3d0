from cli.film_progress import MARKS
from domain import Status


def test_every_status_has_a_mark() -> None:
    assert set(MARKS) == set(Status)
