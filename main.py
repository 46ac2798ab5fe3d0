"""The entry point: the command line, and `main:app` for any ASGI server.

Importing this starts nothing; the application is built on first access.
"""

import signal

if __name__ == "__main__":
    # A Ctrl-C before the command has started ends it without a traceback: there is nothing to clean
    # up.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_made: "dict[str, ASGIApp]" = {}


def __getattr__(name: str) -> "ASGIApp":
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name not in _made:
        from cli.asgi import create_asgi_app  # the command line needs none of this

        _made[name] = create_asgi_app()
    return _made[name]


if __name__ == "__main__":
    from cli.app import run

    run()
