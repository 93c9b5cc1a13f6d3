"""Sends events to webhooks: at least once, signed, with growing pauses, and for a week.

A webhook is leased, served for a turn, and let go; a worker that dies leaves a lease that runs out. One that was just
served comes after the others, and one that does not answer is left alone for a while, so that no address holds up
another. What an address answers is not read, and not followed: its status alone counts.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import httpx
import orjson

from schema.types.webhook import WebhookState
from server.platform.crypto.vault import DamagedError, KeyDestroyedError, Vault
from server.platform.crypto.webhook_signatures import signature_headers
from server.platform.db import Document, Store
from server.platform.kit.clock import Clock, as_utc_text
from server.platform.kit.egress import ForbiddenAddressError
from server.platform.observability import metrics, requests
from server.platform.observability.health import Heartbeats
from server.platform.webhooks.addresses import UnknownNameError
from server.platform.webhooks.model import EventRow, WebhookRow, WebhookSecrets
from server.platform.webhooks.publishing import OFF
from server.platform.webhooks.repository import (
    DELIVERED,
    WORKING,
    EventRepository,
    WebhookRepository,
    webhooks_with_events,
)

log = logging.getLogger("egret.webhooks")
AT_ONCE = 16
"""Webhooks that are served at the same moment."""
MOST_A_TURN = 20
"""Events of one webhook; then it waits behind the others."""
TURN_SECONDS = 10.0
"""After which a turn ends with the event under way."""
TIMEOUT = 10.0
"""Seconds until an address has answered."""
LOOK = 1.0
"""Seconds after which it looks for other webhooks, while some take their time."""
LEASE = timedelta(seconds=60)
PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800))
"""After the first try that failed, the second, and so on; the last one repeats."""
TRIED_FOR = timedelta(days=7)
"""For so long an event is tried; a webhook that failed for so long is turned off."""
LEAST_TRIES = 6
"""Below which no event is given up, and no webhook turned off, however long a worker stood still."""
_BREAK = timedelta(days=1)
"""Without a try for so long, failures before it are not counted: nothing waited, or no worker ran."""
_MOST_RETRY_AFTER = timedelta(hours=1)
_MOST_SECONDS = 300.0
_GONE = 410
_LATER = (408, 425, 429)
"""What a receiver answers where it is busy, and the event is not at fault."""
_SECONDS = re.compile(r"[0-9]{1,6}", re.ASCII)
_AGENT = "Egret-Webhooks/1.0"


class WebhookSender:
    """Delivers the events that are due."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Clock,
        heartbeats: Heartbeats,
        transport: Callable[[], httpx.AsyncBaseTransport],
    ) -> None:
        self._store = store
        self._webhooks = WebhookRepository(store)
        self._events = EventRepository(store)
        self._vault = vault
        self._clock = clock
        self._heartbeats = heartbeats
        self._transport = transport
        self._busy: dict[str, asyncio.Task[int]] = {}

    async def run(self, *, idle: float = 1.0) -> None:
        """Deliver until cancelled."""
        async with self.client() as client:
            while True:
                try:
                    await self.deliver_due(client)
                    metrics.WORKER_ROUND.labels("webhooks").set_to_current_time()
                except Exception as error:
                    metrics.WORKER_FAILURES.labels("webhooks").inc()
                    log.warning("webhooks pause: %s", type(error).__name__)
                await asyncio.sleep(idle)

    def client(self) -> httpx.AsyncClient:
        """What sends; to be closed by who asked for it."""
        return httpx.AsyncClient(transport=self._transport(), timeout=TIMEOUT, trust_env=False)

    async def deliver_due(self, client: httpx.AsyncClient) -> int:
        """Deliver whatever is due, to several webhooks at once; how many tries that took."""
        tries = 0
        try:
            while await self._begin(client) or self._busy:
                await asyncio.wait(self._busy.values(), timeout=LOOK, return_when=asyncio.FIRST_COMPLETED)
                self._heartbeats.beat("webhooks", _MOST_SECONDS)
                tries += sum(task.result() for task in self._over())
        finally:
            for task in self._busy.values():
                task.cancel()  # its lease runs out
            await asyncio.gather(*self._busy.values(), return_exceptions=True)
            self._busy.clear()
        return tries

    async def _begin(self, client: httpx.AsyncClient) -> bool:
        """Serve webhooks that wait, as many as there is room for; False where none began."""
        self._heartbeats.beat("webhooks", _MOST_SECONDS)
        waiting = [one for one in await webhooks_with_events(self._store) if one not in self._busy]
        began = False
        for webhook_id in await self._webhooks.to_serve(waiting, self._clock()):
            if len(self._busy) >= AT_ONCE:
                break
            now = self._clock()
            if (await self._events.next_of(webhook_id, now)) is None:
                continue
            webhook = await self._webhooks.lease(webhook_id, now, now + LEASE)
            if webhook is not None:
                self._busy[webhook_id] = asyncio.create_task(self._serve(client, webhook))
                began = True
        return began

    def _over(self) -> list[asyncio.Task[int]]:
        """The turns that are over, let go."""
        over = [(webhook_id, task) for webhook_id, task in self._busy.items() if task.done()]
        for webhook_id, _ in over:
            del self._busy[webhook_id]
        return [task for _, task in over]

    async def _serve(self, client: httpx.AsyncClient, webhook: WebhookRow) -> int:
        """A webhook's turn: its events one by one, until one fails by the address's fault; how many tries."""
        until = asyncio.get_running_loop().time() + TURN_SECONDS
        for tries in range(MOST_A_TURN):
            event = await self._events.next_of(webhook["_id"], self._clock())
            if event is None or asyncio.get_running_loop().time() > until:
                await self._webhooks.set(webhook["_id"], {"next_try": self._clock()})
                return tries
            with requests.bound(None, job="webhook"):
                answer = await self._try(client, webhook, event)
                if not await self._mark(webhook, event, answer):
                    return tries + 1
        await self._webhooks.set(webhook["_id"], {"next_try": self._clock()})
        return MOST_A_TURN

    async def _try(self, client: httpx.AsyncClient, webhook: WebhookRow, event: EventRow) -> Answer:
        """What came of sending one event; whatever goes wrong with it goes wrong with it alone."""
        try:
            request = await self._request(client, webhook, event)
        except (KeyDestroyedError, DamagedError) as error:
            log.warning("an event of %s cannot be sent: %s", webhook["owner"], type(error).__name__)
            return Answer("it cannot be read any more", is_lost=True)
        except (ValueError, httpx.InvalidURL):
            return Answer("the address cannot be used")
        return await _sent(client, request)

    async def _request(self, client: httpx.AsyncClient, webhook: WebhookRow, event: EventRow) -> httpx.Request:
        data = await self._vault.open(event["sealed"])
        secrets = cast(WebhookSecrets, await self._vault.open(webhook["sealed"]))
        body = body_of(event, data)
        signing = signing_secrets(secrets, self._clock())
        # The machine's clock, for the receiver's is one too; the demo's may be moved.
        headers = signature_headers(signing, event["_id"], int(time.time()), body)
        headers |= {"content-type": "application/json", "user-agent": _AGENT}
        return client.build_request("POST", webhook["url"], content=body, headers=headers)

    async def _mark(self, webhook: WebhookRow, event: EventRow, answer: Answer) -> bool:
        """Store what came of a try; False where the address is left alone for a while."""
        now = self._clock()
        if answer.is_good or answer.is_lost:
            await self._events.finish(event, DELIVERED if answer.is_good else "unreadable", answer.text)
            if answer.is_good:
                metrics.WEBHOOK_DELIVERIES.labels("delivered").inc()
                webhook.update(cast(WebhookRow, WORKING))
                await self._webhooks.set(webhook["_id"], {**WORKING, "next_try": now + LEASE})
            return True
        log.info("%s try %d to %s failed: %s", event["_id"], event["attempts"] + 1, webhook["owner"], answer.text)
        _count_failure(webhook, now)
        if answer.is_final or (webhook["failures"] >= LEAST_TRIES and now - _since(webhook, now) >= TRIED_FOR):
            await self._turn_off(webhook, event, answer, now)
            return False
        pause = max(PAUSES[min(event["attempts"], len(PAUSES) - 1)], answer.wanted_pause)
        if event["attempts"] + 1 >= LEAST_TRIES and now - event["fresh_at"] >= TRIED_FOR:
            await self._events.finish(event, "given up", answer.text)
            metrics.WEBHOOK_DELIVERIES.labels("given_up").inc()
        else:
            # Where the address is at fault, it is the address that waits, and the event is first when it is back.
            await self._events.put_off(event, now if answer.is_of_address else now + pause, answer.text)
            metrics.WEBHOOK_DELIVERIES.labels("retried").inc()
        if answer.is_of_address:
            pause = max(PAUSES[min(webhook["failures"], len(PAUSES)) - 1], answer.wanted_pause)
        failed: Document = {
            "failures": webhook["failures"],
            "failing_since": webhook["failing_since"],
            "failed_at": webhook["failed_at"],
        }
        rest = pause if answer.is_of_address else LEASE
        await self._webhooks.set(webhook["_id"], {**failed, "next_try": now + rest})
        return not answer.is_of_address

    async def _turn_off(self, webhook: WebhookRow, event: EventRow, answer: Answer, now: datetime) -> None:
        await self._events.finish(event, OFF, answer.text)
        await self._events.finish_all(webhook["_id"], OFF)
        if await self._webhooks.turn_off(webhook["_id"], now):
            metrics.WEBHOOK_DELIVERIES.labels("turned_off").inc()
            log.error("webhook %s of %s is off: %s", webhook["_id"], webhook["owner"], answer.text)


def _count_failure(webhook: WebhookRow, now: datetime) -> None:
    """One more failure of a row of them, or the first of another row."""
    before = webhook["failed_at"]
    if before is None or webhook["failing_since"] is None or now - before > _BREAK:
        webhook["failures"] = 0
        webhook["failing_since"] = now
    webhook["failures"] += 1
    webhook["failed_at"] = now


def _since(webhook: WebhookRow, now: datetime) -> datetime:
    return webhook["failing_since"] or now


async def _sent(client: httpx.AsyncClient, request: httpx.Request) -> Answer:
    """What an address answers; the body stays unread."""
    try:
        async with asyncio.timeout(TIMEOUT):
            response = await client.send(request, stream=True)
            await response.aclose()
    except ForbiddenAddressError:
        return Answer("the name leads to an address that is not allowed")
    except (TimeoutError, httpx.TimeoutException):
        return Answer(f"no answer within {TIMEOUT:.0f} s")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return Answer(told(error))
    return Answer(f"HTTP {response.status_code}", response.status_code, response.headers.get("retry-after", ""))


def told(error: Exception) -> str:
    """What kept an address from answering, in words; nothing of what it sent."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not good: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "it does not speak TLS"
        if isinstance(cause, UnknownNameError):
            return "its name has no address"
        cause = cause.__cause__ or cause.__context__
    return "no connection" if isinstance(error, httpx.ConnectError) else type(error).__name__


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a try: `text` says it and quotes nothing; `status` is None where no answer came.

    `is_lost`: there is nothing to send any more.
    """

    text: str
    status: int | None = None
    retry_after: str = ""
    is_lost: bool = False

    @property
    def is_good(self) -> bool:
        """The receiver has the event."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_of_address(self) -> bool:
        """Whether any other event would fail as well."""
        return self.status is None or self.status >= 500 or self.status in _LATER

    @property
    def is_final(self) -> bool:
        """The receiver says that it will never take one (410)."""
        return self.status == _GONE

    @property
    def wanted_pause(self) -> timedelta:
        """What the receiver asks for, in seconds and within an hour."""
        asked = int(self.retry_after) if _SECONDS.fullmatch(self.retry_after) else 0
        return min(timedelta(seconds=asked), _MOST_RETRY_AFTER)


def body_of(event: EventRow, data: Mapping[str, object]) -> bytes:
    """The JSON of an event: the same at each try."""
    return orjson.dumps({"type": event["type"], "timestamp": as_utc_text(event["happened_at"]), "data": data})


def signing_secrets(secrets: WebhookSecrets, now: datetime) -> list[str]:
    """The secrets that an event is signed with at a moment."""
    former = secrets["former"]
    until = secrets["former_until"]
    return [secrets["secret"], *([former] if former and until and now < until else [])]


def state_of(webhook: WebhookRow) -> WebhookState:
    """Whether events are sent to a webhook."""
    if webhook["off_since"] is not None:
        return WebhookState.OFF
    return WebhookState.ON if webhook["failing_since"] is None else WebhookState.FAILING
