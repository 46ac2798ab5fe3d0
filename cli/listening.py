"""Binds the listening socket before anything starts: loopback unless remote access is allowed."""

import errno
import ipaddress
import socket

from errors import SetupError

_BACKLOG = 2_048
_LAST_PORT = 65_535


def listen(host: str, port: int, *, may_be_reached: bool = False) -> socket.socket:
    """Bind the port, so that a start that cannot succeed fails at once; 0 is any free one.

    `may_be_reached` says that other machines may connect: credentials are required, or there is
    nothing to protect.

    Raises:
        SetupError: The host is not an address of this machine, or is reachable by others although
            it may not be; or the port is not available.
    """
    address = _address(host)
    if not (may_be_reached or address.is_loopback):
        raise SetupError(
            f"Without authentication AI-Story listens on loopback only, not on {host}. Use --host "
            "127.0.0.1, or set AI_STORY_AUTH=keys and create a key with `main.py keys create NAME "
            "--owner OWNER`."
        )
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        listener = socket.create_server((str(address), port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < _LAST_PORT else 8_000
            reason = f"Port {port} is in use by another program"
            raise SetupError(f"{reason}. Choose another, for example --port {other}.") from None
        raise SetupError(
            f"Cannot listen on port {port} of {host}: {error.strerror}. Choose others with "
            "--host and --port."
        ) from None
    # asyncio does so only for sockets that it created; without it responses are delayed by 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    name = host.strip("[]").lower()
    try:
        return ipaddress.ip_address("127.0.0.1" if name == "localhost" else name)
    except ValueError:
        raise SetupError(
            f"{host} is not an IP address of this machine. Use one, for example --host 127.0.0.1."
        ) from None


def url_of(listener: socket.socket) -> str:
    """The URL for a browser on this machine."""
    address, port, *_ = listener.getsockname()
    if ipaddress.ip_address(address).is_unspecified:
        address = "localhost"
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
