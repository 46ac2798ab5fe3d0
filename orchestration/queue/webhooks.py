"""Webhooks: a service calls an address of ours when a job has ended, and we poll it at once.

The payload is ignored. The address is signed and valid for one job, so only its recipient can
trigger the poll. If the vendor signs its calls too, that signature must be valid. A lost or forged
call costs at most a poll.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from uuid import UUID

from standardwebhooks import Webhook, WebhookVerificationError

from errors import ForbiddenError
from orchestration.media.signatures import Signatures
from orchestration.queue.driver import LastingDriver

WEBHOOK_PATH = "/webhooks/{provider}/{work_id}"
LIFETIME_S = 7 * 86_400
"""Longer than the wait for any job; a link that leaks can only trigger polls."""
RARER = 5
"""The factor by which polls are rarer if the service calls back."""

_CHANNEL = "ai_story_webhooks"
_SHORTEST_S = 1.0
_REMEDY = "Polling continues"


class Bell:
    """What a poll waits for: its interval, or a notification."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._rested_at = -_SHORTEST_S

    def ring(self) -> None:
        """End the present wait, or the next one."""
        self._rung.set()

    async def rest(self, pause_s: float) -> None:
        """Wait this long, or until notified: frequent notifications count once a second."""
        now = asyncio.get_running_loop().time()
        end = now + pause_s
        await asyncio.sleep(min(self._rested_at + _SHORTEST_S, end) - now)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(end):
                await self._rung.wait()
        self._rung.clear()
        self._rested_at = asyncio.get_running_loop().time()


class Webhooks:
    """Creates and verifies the addresses, and notifies the process that waits."""

    def __init__(
        self,
        secret: bytes = b"",
        *,
        public_url: str | None = None,
        vendor_secrets: Mapping[str, Sequence[str]] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`public_url` is the base URL for services; without it no service gets an address.

        `vendor_secrets` are the keys by a provider's name with which its vendor may sign; `clock`
        returns seconds since 1970.
        """
        self._signatures = Signatures(secret, clock=clock)
        self._public_url = public_url
        self._vendor_secrets = dict(vendor_secrets or {})
        self._clock = clock
        self._bells: dict[UUID, Bell] = {}
        self._driver: LastingDriver | None = None

    async def follow(self, driver: LastingDriver) -> None:
        """Receive every notification, from any process."""
        self._driver = driver
        await driver.add_listener(_CHANNEL, self._on_notice)

    def address(self, provider: str, work_id: UUID) -> str | None:
        """The webhook address of the work's job; None if the provider cannot call back."""
        if self._public_url is None:
            return None
        path = WEBHOOK_PATH.format(provider=provider, work_id=work_id)
        expires = int(self._clock()) + LIFETIME_S
        parameters = self._signatures.parameters(path, expires=expires)
        return f"{self._public_url.rstrip('/')}{path}?{parameters}"

    def needs_body(self, provider: str) -> bool:
        """Whether the provider's calls are signed by its vendor, including their bodies."""
        return provider in self._vendor_secrets

    def check(self, provider: str, work_id: UUID, query: Mapping[str, str]) -> None:
        """Accept the parameters of an address that `address` created and that has not expired.

        Raises:
            ForbiddenError: They were not created here, were changed, or have expired.
        """
        path = WEBHOOK_PATH.format(provider=provider, work_id=work_id)
        self._signatures.check(path, query, remedy=_REMEDY)

    def check_vendor(self, provider: str, headers: Mapping[str, str], body: bytes) -> None:
        """Accept a call that the provider's vendor has signed recently.

        The scheme is that of https://www.standardwebhooks.com, which Replicate uses.

        Raises:
            ForbiddenError: It was not signed with the secret of the settings, or not within the
                last five minutes: it may be a replay.
        """
        for secret in self._vendor_secrets[provider]:
            # A ValueError: a signature or a body that cannot be parsed.
            with contextlib.suppress(WebhookVerificationError, ValueError):
                Webhook(secret).verify(body, dict(headers), json_parse=False)
                return
        raise ForbiddenError("The webhook has no valid, recent signature. Polling continues.")

    async def ring(self, work_id: UUID) -> None:
        """Wake the process that polls the job of the work, on any machine."""
        if self._driver is not None:
            await self._driver.notify(_CHANNEL, str(work_id))

    @contextlib.contextmanager
    def bell_of(self, work_id: UUID) -> Generator[Bell]:
        """The bell of a job that is polled inside the block."""
        bell = self._bells[work_id] = Bell()
        try:
            yield bell
        finally:
            if self._bells.get(work_id) is bell:
                del self._bells[work_id]

    def _on_notice(self, notice: str | bytes | bytearray) -> None:
        bell = self._bells.get(UUID(str(notice)))
        if bell is not None:
            bell.ring()
