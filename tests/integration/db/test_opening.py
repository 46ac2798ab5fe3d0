"""New connections."""

from typing import Any

from db.opening import open_connection


async def test_the_types_of_a_statement_are_asked_for_once_per_process(server_url: str) -> None:
    sent: list[str] = []
    rounds: list[int] = []

    def note(record: Any) -> None:
        sent.append(record.query)

    for _ in range(3):
        connection: Any = await open_connection(server_url)
        with connection.query_logger(note):
            value = await connection.fetchval("SELECT $1::bytea[]", [b"a"])
        await connection.close()
        assert value == [b"a"]
        rounds.append(sum("typeinfo" in query for query in sent))

    assert rounds[1:] == rounds[:1] * 2
    assert rounds[0] <= 1
