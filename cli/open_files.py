"""Raises the limit of files and sockets that this process may open."""

import structlog

_LOG = structlog.get_logger()
_FOR_OURSELVES = 512
"""The database's connections, pipes of our own processes, HTTP requests, files being read."""


def allow_sockets(count: int) -> None:
    """Raise the soft limit so that this many sockets fit, as far as permitted.

    It is often 1,024, and 256 on macOS; the hard limit is far higher.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + _FOR_OURSELVES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    if raised < wanted:
        _LOG.warning(
            "open file limit too low for the configured concurrency; raise it (ulimit -n)",
            open_files=raised,
            wanted=wanted,
        )
