import asyncio, json, time, os
from pathlib import Path
from statistics import quantiles
from tests.graphql_client import *
from tests.stage import Scene, open_stage, Stage
from tests.conftest import serving_app
from tests.fake_origin import FakeOrigin, serving
from web.app import create_app
from contextlib import asynccontextmanager
import sqlalchemy as sa

CREATE = "mutation($i: CreateStoryInput!){createStory(input:$i){story{id} eventCursor userErrors{code message field}}}"
EVENTS = """subscription($id: ID!){storyEvents(storyId:$id){seq cursor type story{id revision status progress shotCounts{total completed}} shot{id revision status imageUrl progress} video{id status}}}"""


async def test_push(database_url, tmp_path):
    async with serving(
        FakeOrigin(latency_s=float(os.environ.get("LAT", "1.0")), latencies_s={"/llm": 0.0})
    ) as origin:
        async with open_stage(database_url, tmp_path, origin) as stage:

            @asynccontextmanager
            async def open_services():
                yield stage.services

            app = create_app(open_services, options=stage.services.options, allowed_hosts=())
            async with serving_app(app) as url:
                for turn in range(2):
                    d = await ask(url, CREATE, {"i": {"content": "A cat. " * 100}})
                    sid = d["createStory"]["story"]["id"]
                    got = {}
                    async with open_socket(url) as s:
                        async for e in s.follow(EVENTS, {"id": sid}):
                            ev = e["storyEvents"]
                            if (
                                ev["type"] == "SHOT_STATUS_CHANGED"
                                and ev["shot"]["status"] == "COMPLETED"
                            ):
                                got[ev["seq"]] = time.time()
                            if ev["story"]["shotCounts"]["completed"] == 100 and len(got) == 100:
                                break
                    async with stage.database.reading() as session:
                        rows = (
                            await session.execute(
                                sa.text(
                                    "select seq, extract(epoch from occurred_at) as occurred, type from event where story_id=:s order by seq"
                                ),
                                {"s": sid},
                            )
                        ).all()
                    at = {r.seq: float(r.occurred) for r in rows}
                    lat = sorted((got[q] - at[q]) * 1000 for q in got)
                    print("\npush n", len(lat), "p50", lat[50], "p99", lat[98], "max", lat[-1])
                    q = "query($id:ID!){story(id:$id){id title status progress shotCounts{total completed} shots{id position title prompt narration status imageUrl}}}"
                    async with httpx.AsyncClient() as client:
                        n = 200
                        t = time.perf_counter()
                        for _ in range(n):
                            r = await client.post(
                                url + "/graphql", json={"query": q, "variables": {"id": sid}}
                            )
                        dt = time.perf_counter() - t
                        print("100-shot query ms", dt / n * 1000)


async def test_queries(database_url, tmp_path):
    async with serving(FakeOrigin(latencies_s={"/llm": 0.0})) as origin:
        async with open_stage(database_url, tmp_path, origin) as stage:

            @asynccontextmanager
            async def open_services():
                yield stage.services

            app = create_app(open_services, options=stage.services.options, allowed_hosts=())
            async with serving_app(app) as url:
                ids = []
                for _ in range(20):
                    d = await ask(url, CREATE, {"i": {"content": "A cat. " * 8}})
                    ids.append(d["createStory"]["story"]["id"])
                for sid in ids:
                    async with open_socket(url) as s:
                        async for e in s.follow(EVENTS, {"id": sid}):
                            if e["storyEvents"]["story"]["shotCounts"]["completed"] == 8:
                                break
                q = "query($id:ID!){story(id:$id){id title status progress shotCounts{total completed} shots{id position title prompt narration status imageUrl}}}"
                q2 = "{stories(first:20){nodes{id title status progress shots{id position title prompt narration status imageUrl}} pageInfo{hasNextPage}}}"
                for name, body in (
                    ("1x8", {"query": q, "variables": {"id": sid}}),
                    ("20x8", {"query": q2}),
                ):
                    endpoint = url + "/graphql"
                    data = json.dumps(body).encode()
                    import resource
                    from schema.root import SCHEMA

                    async def one(reader, writer):
                        pass

                    async with httpx.AsyncClient() as client:
                        n = 200
                        t = time.perf_counter()
                        c = time.process_time()
                        for _ in range(n):
                            r = await client.post(
                                endpoint, content=data, headers={"content-type": "application/json"}
                            )
                        dt = time.perf_counter() - t
                        t = time.perf_counter()
                        for _ in range(n):
                            await client.get(url + "/healthz")
                        base = time.perf_counter() - t
                    print(
                        "\n",
                        name,
                        "req/s",
                        n / dt,
                        "ms",
                        dt / n * 1000,
                        "healthz ms (client+http)",
                        base / n * 1000,
                        "net req/s",
                        n / (dt - base),
                    )
                    t = time.perf_counter()
                    for _ in range(n):
                        ctx = stage.context()
                        r = await SCHEMA.execute(
                            body["query"], body.get("variables"), context_value=ctx
                        )
                    print(name, "schema alone req/s", n / (time.perf_counter() - t))
                    from resolvers.stories import get_story, list_stories
                    from resolvers.shots import list_shots

                    t = time.perf_counter()
                    for _ in range(n):
                        ctx = stage.context()
                        if name == "1x8":
                            st = await get_story(ctx, sid)
                            await asyncio.gather(
                                ctx.loaders.shots.load(st.id), ctx.loaders.shot_counts.load(st.id)
                            )
                    print(name, "resolvers alone req/s", n / (time.perf_counter() - t))
