"""libpq's parameters of an address: which we honour, and with which values."""

import re
from difflib import get_close_matches

STRICTEST = "verify-full"
"""The sslmode that also verifies the host's name."""

VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "options": "PGOPTIONS",
    "application_name": "PGAPPNAME",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "load_balance_hosts": "PGLOADBALANCEHOSTS",
    "client_encoding": "PGCLIENTENCODING",
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "krbsrvname": "PGKRBSRVNAME",
    "gsslib": "PGGSSLIB",
    "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcrl": "PGSSLCRL",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "hostaddr": "PGHOSTADDR",
    "require_auth": "PGREQUIREAUTH",
    "requirepeer": "PGREQUIREPEER",
}
"""libpq's environment variables, each for a parameter that the address leaves out."""

FILES = ("sslcert", "sslkey", "sslrootcert", "sslcrl")
TLS = (
    *FILES,
    "sslpassword",
    "sslnegotiation",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
)
_TEXTS = {
    *("host", "port", "dbname", "user", "password", "passfile", "krbsrvname", "options"),
    *("application_name", "fallback_application_name", *FILES, "sslpassword"),
}
_NUMBERS = {
    *("connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count"),
    "tcp_user_timeout",
}
_TLS_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_CHOICES = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", STRICTEST),
    "sslnegotiation": ("postgres", "direct"),
    "ssl_min_protocol_version": _TLS_VERSIONS,
    "ssl_max_protocol_version": _TLS_VERSIONS,
    "target_session_attrs": (
        "any",
        "read-write",
        "read-only",
        "primary",
        "standby",
        "prefer-standby",
    ),
    "load_balance_hosts": ("disable", "random"),
    "gsslib": ("gssapi", "sspi"),
    "keepalives": ("0", "1"),
    # The driver cannot do what the values left out here ask for.
    "channel_binding": ("disable", "prefer"),
    "gssencmode": ("disable", "prefer"),
    "gssdelegation": ("0",),
    "client_encoding": ("auto", "utf8", "UTF8", "utf-8", "UTF-8"),
    "sslcompression": ("0",),
    "sslsni": ("1",),
    "sslcertmode": ("allow",),
    "min_protocol_version": ("3.0",),
    "max_protocol_version": ("3.0", "latest"),
}
_HINTS = {
    "channel_binding": "remove it, and use sslmode=verify-full to prove who the server is",
    "hostaddr": "write the IP address as the host",
    "service": "write the service's parameters into the address",
    "servicefile": "write the service's parameters into the address",
}
_KNOWN = (*_TEXTS, *_NUMBERS, *_CHOICES)


class AddressError(ValueError):
    """The address is invalid. `parameter` is the one at fault; the message holds no secret."""

    def __init__(self, message: str, *, parameter: str = "") -> None:
        super().__init__(message)
        self.parameter = parameter


def check(name: str, value: str) -> None:
    """Refuse what we cannot honour.

    Raises:
        AddressError: The parameter is unknown or not supported, or its value is.
    """
    if name not in _KNOWN:
        if name in _HINTS or name in VARIABLES:
            reason = f"is not supported; {_HINTS.get(name, 'remove it')}"
        else:
            near = get_close_matches(name, _KNOWN, n=1, cutoff=0.75)
            reason = f"is unknown; {f'did you mean {near[0]}?' if near else 'remove it'}"
        raise AddressError(f"the parameter {name} {reason}", parameter=name)
    if name in _NUMBERS and not re.fullmatch(r"-?\d{1,9}", value):
        raise AddressError(f"{name} must be a whole number, not {value!r}", parameter=name)
    if (choices := _CHOICES.get(name)) and value not in choices:
        hint = f"; {_HINTS[name]}" if name in _HINTS else ""
        allowed = " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))
        raise AddressError(f"{name} must be {allowed}, not {value!r}{hint}", parameter=name)
