"""A process that uses a home's database until its standard input ends. Run by test_embedded.

python -m tests.database_user HOME [UID PACKAGES]

With a user ID it first becomes that user and finds the bundled PostgreSQL in PACKAGES: the user may
not be able to start our own interpreter.
"""

import asyncio
import os
import pwd
import sys
from concurrent.futures import thread
from pathlib import Path

import asyncpg
from asyncpg import connect_utils

from db.embedded import EmbeddedPostgres

_LOADED_WHILE_WE_MAY = (asyncpg, connect_utils, thread)


async def use_database(home: Path) -> None:
    postgres = await EmbeddedPostgres.start(home)
    print(postgres.url, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await postgres.stop()


def become(uid: int) -> None:
    os.setgroups([])
    os.setgid(pwd.getpwuid(uid).pw_gid)
    os.setuid(uid)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.path.insert(0, sys.argv[3])
        become(int(sys.argv[2]))
    asyncio.run(use_database(Path(sys.argv[1])))
