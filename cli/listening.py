"""The address to serve on: this machine alone, and taken before anything is started."""

import errno
import ipaddress
import socket

from errors import SetupError

_BACKLOG = 2_048
_LAST_PORT = 65_535


def listen(host: str, port: int) -> socket.socket:
    """Take the port, so that a start that cannot succeed fails at once; 0 is any free one.

    Raises:
        SetupError: The host is not this machine alone, or the port cannot be had.
    """
    address = _loopback_address(host)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listener = socket.create_server((address, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < _LAST_PORT else 8_000
            reason = f"Port {port} is taken by another program"
            raise SetupError(f"{reason}: choose another one, say --port {other}.") from None
        raise SetupError(
            f"Port {port} of {host} cannot be opened ({error.strerror}): choose another one with "
            "--port."
        ) from None
    # asyncio does so only for sockets that it made itself; without it answers wait 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _loopback_address(host: str) -> str:
    name = host.strip("[]").lower()
    if name == "localhost":
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise SetupError(
            f"AI-Story has no credentials yet and so serves this machine alone: use --host "
            f"127.0.0.1, not {host}."
        )
    return str(address)


def url_of(listener: socket.socket) -> str:
    """The address for a browser."""
    address, port, *_ = listener.getsockname()
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
