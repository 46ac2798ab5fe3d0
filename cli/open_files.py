"""How many files and sockets this process may have open."""

import structlog

_LOG = structlog.get_logger()
_FOR_OURSELVES = 512
"""The database's connections, pipes of our own processes, requests beside the WebSockets."""


def allow_connections(count: int) -> None:
    """Raise the soft limit, often 1,024, so that so many connections fit; as far as we may."""
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
            "fewer connections than AI_STORY_CONNECTIONS fit", open_files=raised, wanted=wanted
        )
