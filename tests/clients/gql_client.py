"""Python's gql: does what journey.mjs describes, over one WebSocket after the other."""

import asyncio
import json
import sys
from typing import Any

from gql import Client, GraphQLRequest
from gql.transport.exceptions import TransportError
from gql.transport.websockets import WebsocketsTransport

READ = "query($story: ID!) { story(id: $story) { id status } }"
RETITLE = """mutation($shot: ID!, $title: String!) {
    updateShot(input: {id: $shot, title: $title}) { shot { id title } userErrors { code } }
}"""
FOLLOW = """subscription($story: ID!, $after: EventCursor) {
    storyEvents(storyId: $story, after: $after) { seq type cursor shot { id title } }
}"""
PAUSE_S = 0.05


def tell(answer: Any) -> None:
    """One line for each answer."""
    print(json.dumps(answer), flush=True)


async def follow(address: str, story: str) -> None:
    """Follow the story; after a break, go on where the last event left off."""
    cursor: str | None = None
    while True:
        try:
            async with Client(transport=WebsocketsTransport(url=address)) as session:
                variables = {"story": story, "after": cursor}
                request = GraphQLRequest(FOLLOW, variable_values=variables)
                async for data in session.subscribe(request):
                    cursor = data["storyEvents"]["cursor"]
                    tell(data["storyEvents"])
        except (TransportError, OSError):
            await asyncio.sleep(PAUSE_S)


async def main(url: str, story: str, shot: str, title: str) -> None:
    """Read, change, follow."""
    address = url.replace("http", "ws", 1) + "/graphql"
    async with Client(transport=WebsocketsTransport(url=address)) as session:
        for document, variables in (
            (READ, {"story": story}),
            (RETITLE, {"shot": shot, "title": title}),
        ):
            tell(await session.execute(GraphQLRequest(document, variable_values=variables)))
    following = asyncio.create_task(follow(address, story))
    await asyncio.to_thread(sys.stdin.read)
    following.cancel()


asyncio.run(main(*sys.argv[1:]))
