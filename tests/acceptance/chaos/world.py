"""The program as it runs in earnest: a server, two workers, PostgreSQL, model services."""

import asyncio
import signal
import socket
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from db.connections import CONNECTION_LOST, Connection, connect
from db.embedded import EmbeddedPostgres
from tests.acceptance.chaos.services import Service, Services, open_services
from tests.acceptance.chaos.settings import Setting, environment_of
from tests.disks import Disk, small_disk
from tests.processes import Program, running
from tests.program import temporary_home

_STARTS = 5
"""A process that finds its database away ends with a sentence; whoever runs it tries again."""


@dataclass(slots=True)
class Timeline:
    """What happened, in seconds since the beginning."""

    began: float = field(default_factory=time.time)
    told: list[str] = field(default_factory=list[str])
    disturbances: list[float] = field(default_factory=list[float])
    """When a process of ours was ended, frozen or thawed; seconds since the epoch."""

    def tell(self, text: str) -> None:
        """Write it down with the time."""
        self.told.append(f"{time.time() - self.began:7.2f}  {text}")

    def disturb(self, text: str) -> None:
        """Write it down as something that may have cut calls off or delayed them."""
        self.tell(text)
        self.disturbances.append(time.time())


class Member:
    """One process of ours, which is started again whatever ends it."""

    def __init__(
        self, name: str, *arguments: str, environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.busy = asyncio.Lock()
        """Who does something to it."""
        self.program: Program | None = None
        self._arguments = arguments
        self._environment = environment
        self._log = log
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        """Run it, and wait until it says that it is ready."""
        for number in range(1, _STARTS + 1):
            with self._log.open("ab") as log:
                process = running(
                    *self._arguments, environment=self._environment, ready="is ready", log=log
                )
                try:
                    self.program = await self._stack.enter_async_context(process)
                except (RuntimeError, TimeoutError):  # it ended, or the machine is that busy
                    if number == _STARTS:
                        raise
                    await asyncio.sleep(0.5)
                else:
                    return

    async def kill(self) -> None:
        """kill -9, of itself alone; its helpers have to notice."""
        if self.program is not None:
            self.program.process.kill()
        await self.stop()

    async def stop(self) -> None:
        """SIGTERM, and wait for its end."""
        self.program = None
        await self._stack.aclose()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All of it."""

    home: Path
    services: Services
    server: Member
    workers: tuple[Member, ...]
    database_url: str
    url: str
    setting: Setting
    timeline: Timeline
    log: Path
    disk: Disk | None
    """Where the media are, if it can be full here."""

    @property
    def media(self) -> Path:
        """The folder of the media."""
        return self.home / "media"

    @property
    def scratch(self) -> Path:
        """The folder that our processes take for the system's temporary one."""
        return self.home / "scratch"

    @property
    def services_in_use(self) -> list[Service]:
        """Those that are asked in this world."""
        paints = self.setting.images == "comfyui"
        return [one for one in self.services if paints or one is not self.services.painter]

    @property
    def members(self) -> tuple[Member, ...]:
        """Every process of ours."""
        return (self.server, *self.workers)

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """A bare connection to the database, which is there."""
        connection = await _connect_patiently(self.database_url)
        try:
            yield connection
        finally:
            with suppress(*CONNECTION_LOST):
                await connection.close(timeout=5)

    def was_disturbed(self, since: float, until: float) -> bool:
        """Whether a process of ours was ended, frozen or thawed in between."""
        return any(since <= at <= until for at in self.timeline.disturbances)

    def kill_database(self, number: signal.Signals) -> None:
        """Send PostgreSQL's first process a signal; whoever of ours lives starts it again."""
        self._postmaster().send_signal(number)

    def freeze_database(self) -> list[psutil.Process]:
        """SIGSTOP for all of PostgreSQL's processes; answers which."""
        postmaster = self._postmaster()
        postmaster.suspend()  # first, so that it starts no more of them
        frozen = [postmaster]
        for process in postmaster.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                process.suspend()
                frozen.append(process)
        return frozen

    def _postmaster(self) -> psutil.Process:
        """PostgreSQL's first process.

        Raises:
            ValueError, psutil.NoSuchProcess: There is none now.
        """
        (pid_file,) = self.home.glob("postgres/*/postmaster.pid")
        return psutil.Process(int(pid_file.read_text().split()[0]))


async def _connect_patiently(url: str) -> Connection:
    async with asyncio.timeout(60):
        while True:
            try:
                return await connect(url)
            except CONNECTION_LOST:
                await asyncio.sleep(0.1)


@asynccontextmanager
async def open_world(setting: Setting) -> AsyncGenerator[World]:
    """Start everything; stopped in good order at the end."""
    async with AsyncExitStack() as stack:
        home = stack.enter_context(temporary_home())
        for name in ("media", "scratch"):
            (home / name).mkdir()
        disk = stack.enter_context(small_disk(home / "media"))
        services = await stack.enter_async_context(open_services())
        postgres = await EmbeddedPostgres.start(home)
        stack.push_async_callback(postgres.stop)
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        environment = environment_of(home, url, services, setting)
        environment["TMPDIR"] = str(home / "scratch")
        log = home / "programs.log"
        idle, numbers = ((), (1,)) if setting.server_works else (("--no-worker",), (1, 2))

        def member(name: str, *arguments: str) -> Member:
            one = Member(name, *arguments, environment=environment, log=log)
            stack.push_async_callback(one.stop)
            return one

        world = World(
            home=home,
            services=services,
            server=member("server", "serve", "--port", str(port), *idle),
            workers=tuple(member(f"worker {number}", "worker") for number in numbers),
            database_url=postgres.url,
            url=url,
            setting=setting,
            timeline=Timeline(),
            log=log,
            disk=disk,
        )
        await asyncio.gather(*[one.start() for one in world.members])
        yield world


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
