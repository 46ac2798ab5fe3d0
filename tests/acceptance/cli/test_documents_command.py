"""A command registers documents, for clients that send only digests."""

from pathlib import Path
from uuid import uuid4

from resolvers.documents import document_id
from tests.program import Program

VIEWER = "query Who { viewer { id } }"
EVENTS = "subscription ($id: ID!) { storyEvents(storyId: $id) { type } }"


async def test_a_folder_is_registered_whole_or_not_at_all(
    home: Path, tmp_path: Path, database_url: str
) -> None:
    settings = {"AI_STORY_DATABASE_URL": database_url}
    folder = tmp_path / "documents"
    (folder / "deep").mkdir(parents=True)
    (folder / "who.graphql").write_text(VIEWER)
    (folder / "deep" / "follow.graphql").write_text(EVENTS)

    async def register(path: Path) -> tuple[int, str, str]:
        program = await Program.start(
            "documents", "register", str(path), home=home, settings=settings
        )
        ended = await program.ended()
        return ended.code, ended.output, ended.errors

    code, output, errors = await register(folder)
    again = await register(folder)
    (folder / "wrong.graphql").write_text("{ nonsense }")
    wrong = await register(folder)
    empty = await register(tmp_path / str(uuid4()))

    assert code == 0, errors
    assert output.splitlines() == [
        f"{document_id(EVENTS)}  deep/follow.graphql",
        f"{document_id(VIEWER)}  who.graphql",
    ]
    assert "2 documents registered, 2 of them new." in errors
    assert "2 documents registered, 0 of them new." in again[2]
    assert (wrong[0], "nonsense" in wrong[2]) == (2, True)
    assert (empty[0], "contains no .graphql files" in empty[2]) == (2, True)
