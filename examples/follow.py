"""Creates a story and follows it to its film's address, without a single poll.

.venv/bin/python examples/follow.py "A boat leaves at dawn. It finds an island."
"""

import asyncio
import json
import sys
from typing import Any, cast

import httpx
import websockets

HOST = "127.0.0.1:8000"
CREATE = """
mutation Create($content: String!) {
  createStory(input: {content: $content, autoRender: true}) {
    story { id }
    userErrors { message }
  }
}
"""
FOLLOW = """
subscription Follow($id: ID!) {
  storyEvents(storyId: $id) {
    type
    story { phase progress nextStep { message } }
    shot { position status }
    video { progress videoUrl }
  }
}
"""

Json = dict[str, Any]


async def create(content: str) -> str:
    """The id of a story that was accepted."""
    async with httpx.AsyncClient() as client:
        body = {"query": CREATE, "variables": {"content": content}}
        answer = await client.post(f"http://{HOST}/graphql", json=body)
    payload = cast(Json, answer.json())["data"]["createStory"]
    if payload["userErrors"]:
        sys.exit(payload["userErrors"][0]["message"])
    return payload["story"]["id"]


async def follow(story_id: str) -> str:
    """Print every event until the film is there; its address."""
    subprotocol = websockets.Subprotocol("graphql-transport-ws")
    async with websockets.connect(f"ws://{HOST}/graphql", subprotocols=[subprotocol]) as socket:
        await socket.send(json.dumps({"type": "connection_init"}))
        await socket.recv()
        operation = {"query": FOLLOW, "variables": {"id": story_id}}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": operation}))
        async for message in socket:
            event = cast(Json, json.loads(message))["payload"]["data"]["storyEvents"]
            story = cast(Json, event["story"])
            print(story["phase"], story["progress"], event["shot"] or event["video"], flush=True)
            if story["phase"] in ("NEEDS_ATTENTION", "CANCELED"):
                sys.exit(story["nextStep"]["message"])
            if story["phase"] == "DONE" and event["video"]:
                return str(event["video"]["videoUrl"])
    sys.exit("The server closed the connection.")


async def main() -> None:
    """Create, follow, and say where the film is."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(await follow(await create(sys.argv[1])))


if __name__ == "__main__":
    asyncio.run(main())
