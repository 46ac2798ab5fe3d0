"""What breaks: our processes, the database and its connections, the services."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from random import Random
from typing import Any

import psutil

from db.connections import CONNECTION_LOST
from tests.acceptance.chaos.world import Member, World
from tests.fakes.service import Behaviour

_DATABASE_BACK_S = 1.5
_MISBEHAVIOURS = {
    "hangs": Behaviour(kind="hang"),
    "is cut off": Behaviour(kind="reset"),
    "breaks off": Behaviour(kind="truncate", body=b'{"id": "'),
    "is down": Behaviour(status=500, body=b'{"error": {"code": "server_error"}}'),
    "is overloaded": Behaviour(status=503, body=b"{}"),
    "asks to slow down": Behaviour(status=429, body=b"{}", headers={"Retry-After": "1"}),
    "sends a page": Behaviour(body=b"<html>Bad gateway</html>", media_type="text/html"),
    "sends half a picture": Behaviour(
        body=b"\x89PNG\r\n\x1a\n" + b"0" * 99, media_type="image/png"
    ),
}


async def kill(world: World, random: Random) -> None:
    """kill -9 of one process of ours, and start it again."""
    member = _choose(world, random)
    await _again(world, member, "killed", member.kill)


async def restart(world: World, random: Random) -> None:
    """SIGTERM for one process of ours, and start it again."""
    member = _choose(world, random)
    await _again(world, member, "restarted", member.stop)


async def freeze(world: World, random: Random) -> None:
    """One process of ours stands still, for longer than its heartbeat or less."""
    member, seconds = _choose(world, random), random.uniform(0.5, 5)
    async with member.busy:
        if member.program is None:
            return
        world.timeline.disturb(f"{member.name} frozen for {seconds:.1f} s")
        program = member.program
        program.freeze()
        await asyncio.sleep(seconds)
        program.thaw()
        world.timeline.disturb(f"{member.name} goes on")


async def kill_all(world: World, random: Random) -> None:
    """The power goes: everything at once."""
    world.timeline.tell("all killed")
    await asyncio.gather(*[_again(world, one, "killed", one.kill) for one in world.members])


async def cut_connections(world: World, random: Random) -> None:
    """Some or all of the database's connections end."""
    share = random.choice((0.3, 1.0))
    world.timeline.tell(f"{share:.0%} of the connections terminated")
    with suppress(*CONNECTION_LOST):
        async with world.connection() as connection:
            await connection.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                "current_database() AND pid <> pg_backend_pid() AND random() < $1",
                share,
            )


async def restart_database(world: World, random: Random) -> None:
    """PostgreSQL stops at once, or crashes; whoever of ours lives starts it again."""
    number = random.choice((signal.SIGINT, signal.SIGQUIT))
    world.timeline.tell(f"PostgreSQL gets {number.name}")
    with suppress(psutil.NoSuchProcess, ValueError):  # it is down already
        world.kill_database(number)
    await asyncio.sleep(_DATABASE_BACK_S)


async def freeze_database(world: World, random: Random) -> None:
    """All of PostgreSQL stands still: nobody is refused, and nobody is answered."""
    seconds = random.uniform(0.5, 8)
    with suppress(psutil.NoSuchProcess, ValueError):
        frozen = world.freeze_database()
        world.timeline.disturb(f"PostgreSQL frozen for {seconds:.1f} s")
        try:
            await asyncio.sleep(seconds)
        finally:
            for process in frozen:
                with suppress(psutil.NoSuchProcess):
                    process.resume()
        world.timeline.disturb("PostgreSQL goes on")


async def fill_disk(world: World, random: Random) -> None:
    """The disk of the media has no room for a byte."""
    if world.disk is None:
        return
    seconds = random.uniform(0.5, 6)
    async with world.disk.filled():
        world.timeline.tell(f"the media's disk is full for {seconds:.1f} s")
        await asyncio.sleep(seconds)
    world.timeline.tell("the media's disk has room")


async def spoil_service(world: World, random: Random) -> None:
    """The next calls of one route get what no client wants, or nothing for a while."""
    service = random.choice(world.services_in_use)
    route, times = random.choice(service.routes), random.randint(1, 3)
    told, behaviour = random.choice(list(_MISBEHAVIOURS.items()))
    world.timeline.tell(f"{route} {told}, {times} times")
    service.behave(route, behaviour, times=times)
    await asyncio.sleep(random.uniform(1, 6))
    service.let_go()


Fault = Callable[[World, Random], Coroutine[Any, Any, None]]
WEIGHTS: Mapping[Fault, int] = {
    kill: 4, restart: 2, freeze: 3, kill_all: 1, cut_connections: 3, restart_database: 2,
    freeze_database: 2, fill_disk: 2, spoil_service: 6,
}  # fmt: skip


def draw(world: World, random: Random) -> Fault:
    """The next fault, of those that this machine allows."""
    weights = {fault: weight for fault, weight in WEIGHTS.items() if is_possible(world, fault)}
    return random.choices(list(weights), weights=list(weights.values()))[0]


def is_possible(world: World, fault: Fault) -> bool:
    """Whether it can happen here."""
    return fault is not fill_disk or world.disk is not None


def _choose(world: World, random: Random) -> Member:
    """One that runs and is not being hit already, if there is one."""
    free = [one for one in world.members if not one.busy.locked()]
    return random.choice(free or world.members)


async def _again(
    world: World, member: Member, told: str, end: Callable[[], Awaitable[None]]
) -> None:
    async with member.busy:
        world.timeline.disturb(f"{member.name} {told}")
        await end()
        await member.start()
        world.timeline.tell(f"{member.name} is back")
