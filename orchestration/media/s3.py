"""Opens a bucket on S3: its retries, its timeouts, and the proxy through which it is accessed."""

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from obstore.exceptions import BaseError
from obstore.store import S3Store

from errors import SetupError
from orchestration.outbound import Outbound, Proxy

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

_RETRIES = 4
_RETRY_FOR = timedelta(seconds=20)
_REQUEST_TIMEOUT = timedelta(seconds=60)
_CONNECT_TIMEOUT = timedelta(seconds=5)
_ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_NO_PROXY = "http://127.0.0.1:9"
_EVERY_HOST = "*,0.0.0.0/0,::/0"
"""Excluded from the key, so it cannot be requested."""
_METADATA_HOSTS = "169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254,fd00:ec2::23"
"""Link-local addresses where AWS machines get their credentials, never through a proxy."""


def open_s3(location: str, options: Mapping[str, str], proxy: Proxy | None) -> S3Store:
    """The bucket at `s3://bucket/prefix`; nothing is sent yet.

    Raises:
        SetupError: The address or an option is invalid.
    """
    retries: RetryConfig = {"max_retries": _RETRIES, "retry_timeout": _RETRY_FOR}
    client: ClientConfig = {
        # Plain http is used only if the operator's endpoint says so.
        "allow_http": True,
        "timeout": _REQUEST_TIMEOUT,
        "connect_timeout": _CONNECT_TIMEOUT,
        # obstore reads the environment, for loopback too, unless a proxy is given.
        "proxy_url": _NO_PROXY if proxy is None else proxy.full_address or "",
        "proxy_excludes": _EVERY_HOST if proxy is None else _METADATA_HOSTS,
    }
    try:
        config = cast("S3Config", dict(options))
        return S3Store.from_url(
            location, config=config, client_options=client, retry_config=retries
        )
    except (BaseError, ValueError) as error:
        raise SetupError(f"Cannot use the media store {location}: {error}") from error


def proxy_for(location: str, options: Mapping[str, str]) -> Proxy | None:
    """The proxy through which the bucket is accessed.

    Raises:
        SetupError: Its protocol is not supported.
    """
    told = (options.get("endpoint"), *(os.environ.get(name) for name in _ENDPOINT_VARIABLES))
    usual = f"https://{urlsplit(location).netloc}.s3.amazonaws.com"
    parts = urlsplit(next(filter(None, told), usual))
    proxy = Outbound().proxy_for(parts.scheme, parts.hostname or "", parts.port)
    if proxy is not None and proxy.address is None:
        raise SetupError(f"{proxy.setting} must be the URL of an http or https proxy.")
    return proxy
