"""What people do while things break: make stories, change them, and change their minds."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast
from uuid import uuid4

import httpx

from tests.acceptance.chaos.followers import Follower
from tests.acceptance.chaos.world import World
from tests.fakes.origin import make_picture

_PATIENCE_S = 90.0
_AGAIN_AFTER_S = 0.3
_PASSING = {"DATABASE_UNAVAILABLE", "TIMEOUT"}
_SENTENCES = (
    "The keeper lit the lamp.", "A ship came home.", "The storm went by.", "Gulls cried.",
    "The baker woke.", "Bread rose.", "Everybody slept.",
)  # fmt: skip

_WANTED = "userErrors { code } "
_CREATE = f"""mutation ($input: CreateStoryInput!) {{
  answer: createStory(input: $input) {{ {_WANTED} story {{ id }} }} }}"""
_CANCEL = f"mutation ($id: ID!) {{ answer: cancelStory(id: $id) {{ {_WANTED} }} }}"
_DELETE = f"mutation ($id: ID!) {{ answer: deleteStory(id: $id) {{ {_WANTED} }} }}"
_DELETE_SHOT = f"mutation ($id: ID!) {{ answer: deleteShot(id: $id) {{ {_WANTED} }} }}"
_RETRY = f"""mutation ($input: RetryStoryInput!) {{
  answer: retryStory(input: $input) {{ {_WANTED} }} }}"""
_FILM = f"""mutation ($input: GenerateVideoInput!) {{
  answer: generateVideo(input: $input) {{ {_WANTED} }} }}"""
_REGENERATE = f"""mutation ($input: RegenerateShotInput!) {{
  answer: regenerateShot(input: $input) {{ {_WANTED} }} }}"""
_ORDER = f"""mutation ($id: ID!, $shots: [ID!]!) {{
  answer: reorderShots(storyId: $id, shotIds: $shots) {{ {_WANTED} }} }}"""
_UPLOAD = f"""mutation ($id: ID!) {{
  answer: uploadTake(shotId: $id) {{ {_WANTED} upload {{ url }} }} }}"""
_SHOTS = "query ($id: ID!) { story(id: $id) { shots { id } } }"


class UnexpectedAnswerError(Exception):
    """The server answered with what no client should see."""


@dataclass(slots=True)
class Client:
    """Sends an operation until it is answered."""

    http: httpx.AsyncClient
    url: str

    async def ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """The data, whatever was in the way meanwhile.

        Raises:
            UnexpectedAnswerError: An error that is not of the kind that passes.
        """
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                answer = await self._try(query, variables)
                if answer is not None:
                    return answer
                await asyncio.sleep(_AGAIN_AFTER_S)

    async def _try(self, query: str, variables: dict[str, Any]) -> dict[str, Any] | None:
        body = {"query": query, "variables": variables}
        try:
            response = await self.http.post(f"{self.url}/graphql", json=body)
        except httpx.TransportError:
            return None
        if not response.headers.get("content-type", "").startswith("application/"):
            raise UnexpectedAnswerError(f"HTTP {response.status_code}: {response.text[:500]!r}")
        answer = cast(dict[str, Any], response.json())
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        if codes - _PASSING:
            raise UnexpectedAnswerError(str(answer["errors"]))
        return None if codes else answer["data"]

    async def upload(self, url: str, content: bytes) -> None:
        """Send a picture to its link, until that is answered."""
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                try:
                    response = await self.http.put(url, content=content)
                except httpx.TransportError:
                    await asyncio.sleep(_AGAIN_AFTER_S)
                    continue
                if response.status_code == 503:
                    await asyncio.sleep(_AGAIN_AFTER_S)
                    continue
                if response.status_code >= 500:
                    raise UnexpectedAnswerError(f"upload: {response.status_code} {response.text}")
                return


@dataclass(slots=True)
class Story:
    """One story and what its user does to it."""

    id: str
    world: World
    client: Client
    random: Random
    followers: list[Follower] = field(default_factory=list[Follower])
    following: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    is_deleted: bool = False

    def follow(self, followers: int) -> None:
        """Have so many clients follow it."""
        self.followers = [Follower(self.world.url, self.id) for _ in range(followers)]
        self.following = [asyncio.create_task(one.run()) for one in self.followers]

    async def follow_no_more(self) -> None:
        """Have them leave."""
        for task in self.following:
            task.cancel()
        await asyncio.gather(*self.following, return_exceptions=True)

    async def live(self, actions: int, *, every_s: float) -> None:
        """Do so many things to it, at random moments."""
        for _ in range(actions):
            await asyncio.sleep(self.random.uniform(0, 2 * every_s))
            if self.is_deleted:
                return
            action = self.random.choices(_ACTIONS, weights=_WEIGHTS)[0]
            self.world.timeline.tell(f"story {self.id}: {action.__name__}")
            await action(self)

    async def cancel(self) -> None:
        """Stop what is being made."""
        await self.client.ask(_CANCEL, {"id": self.id})

    async def retry(self) -> None:
        """Make what failed or was canceled after all."""
        await self._do(_RETRY, id=self.id)

    async def make_film(self) -> None:
        """Ask for the film."""
        await self._do(_FILM, storyId=self.id, allowMissingShots=True)

    async def draw_again(self) -> None:
        """Ask for another picture of a shot."""
        if shots := await self._shots():
            await self._do(_REGENERATE, id=self.random.choice(shots))

    async def reorder(self) -> None:
        """Put the shots in another order."""
        shots = await self._shots()
        self.random.shuffle(shots)
        await self.client.ask(_ORDER, {"id": self.id, "shots": shots})

    async def delete_shot(self) -> None:
        """Take a shot out."""
        if shots := await self._shots():
            await self.client.ask(_DELETE_SHOT, {"id": self.random.choice(shots)})

    async def upload(self) -> None:
        """Send a picture of one's own for a shot."""
        if shots := await self._shots():
            answer = await self.client.ask(_UPLOAD, {"id": self.random.choice(shots)})
            if link := answer["answer"]["upload"]:
                content = make_picture(64, 36 + self.random.randrange(20))
                await self.client.upload(link["url"], content)

    async def delete(self) -> None:
        """Delete all of it."""
        await self.client.ask(_DELETE, {"id": self.id})
        self.is_deleted = True

    async def _do(self, mutation: str, **wish: object) -> None:
        await self.client.ask(mutation, {"input": {**wish, "idempotencyKey": uuid4().hex}})

    async def _shots(self) -> list[str]:
        data = await self.client.ask(_SHOTS, {"id": self.id})
        story = cast(dict[str, list[dict[str, str]]] | None, data["story"])
        return [shot["id"] for shot in story["shots"]] if story else []


_ACTIONS: tuple[Callable[[Story], Awaitable[None]], ...] = (
    Story.cancel, Story.retry, Story.make_film, Story.draw_again, Story.reorder,
    Story.delete_shot, Story.upload, Story.delete,
)  # fmt: skip
_WEIGHTS = (2, 3, 3, 3, 2, 1, 3, 1)


async def begin_story(world: World, client: Client, random: Random) -> Story:
    """Create a story with two followers; sent again, it is created once."""
    sentences = random.sample(_SENTENCES, random.randint(2, len(_SENTENCES)))
    wish = {
        "content": " ".join(sentences),
        "autoRender": random.random() < 0.6,
        "motion": random.choice(("STILL", "CLIP")),
        "idempotencyKey": uuid4().hex,
    }
    answer = await client.ask(_CREATE, {"input": wish})
    id_ = str(answer["answer"]["story"]["id"])
    world.timeline.tell(f"story {id_}: created, {wish['motion']}, {len(sentences)} sentences")
    story = Story(id_, world, client, random)
    story.follow(2)
    return story
