"""Sends events to webhooks: at least once, signed, with growing pauses, and for a week.

An event is leased, sent, and marked; a worker that dies leaves a lease that runs out. One event at a time goes to a
webhook, so that an address that is slow or down holds up no other. What an address answers is not read, and not
followed: its status alone counts.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import httpx
import orjson

from schema.types.webhook import WebhookState
from server.platform.crypto.vault import DamagedError, KeyDestroyedError, Vault
from server.platform.db import Store
from server.platform.kit.clock import Clock
from server.platform.kit.egress import ForbiddenAddressError
from server.platform.observability import metrics, requests
from server.platform.observability.health import Heartbeats
from server.platform.webhooks.model import EventRow, WebhookRow, WebhookSecrets
from server.platform.webhooks.publishing import OFF
from server.platform.webhooks.repository import DELIVERED, EventRepository, WebhookRepository
from server.platform.webhooks.signing import signature_headers

log = logging.getLogger("egret.webhooks")
AT_ONCE = 8
"""Deliveries at the same moment, each to another webhook."""
TIMEOUT = 10.0
"""Seconds until an address has answered."""
LOOK = 1.0
"""Seconds after which it looks for other events, while an address takes its time."""
LEASE = timedelta(seconds=60)
PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800))
"""After the first try that failed, the second, and so on; the last one repeats."""
TRIED_FOR = timedelta(days=7)
"""For so long an event is tried; a webhook without one delivery for so long is turned off."""
_MOST_RETRY_AFTER = timedelta(hours=1)
_MOST_SECONDS = 300.0
_GONE = 410
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
        self._webhooks = WebhookRepository(store)
        self._events = EventRepository(store)
        self._vault = vault
        self._clock = clock
        self._heartbeats = heartbeats
        self._transport = transport
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def run(self, *, idle: float = 1.0) -> None:
        """Deliver until cancelled."""
        async with self.client() as client:
            while True:
                try:
                    self._heartbeats.beat("webhooks", _MOST_SECONDS)
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
            while True:
                event = await self._lease()
                if event is not None:
                    tries += 1
                    self._busy[event["webhook"]] = asyncio.create_task(self._deliver(client, event))
                elif self._busy:
                    await asyncio.wait(self._busy.values(), timeout=LOOK, return_when=asyncio.FIRST_COMPLETED)
                else:
                    return tries
                self._collect()
        finally:
            await self._stop()

    async def _lease(self) -> EventRow | None:
        """The next event for a webhook that is not busy; None where there is none, or enough is under way."""
        if len(self._busy) >= AT_ONCE:
            return None
        now = self._clock()
        return await self._events.lease(now, now + LEASE, self._busy)

    async def _stop(self) -> None:
        """Give up what is under way: its lease runs out."""
        for task in self._busy.values():
            task.cancel()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)
        self._busy.clear()

    def _collect(self) -> None:
        """Let go of the webhooks whose delivery is over. Raises what stopped one, such as a database that is away."""
        self._heartbeats.beat("webhooks", _MOST_SECONDS)
        for webhook, task in list(self._busy.items()):
            if task.done():
                del self._busy[webhook]
                task.result()

    async def _deliver(self, client: httpx.AsyncClient, event: EventRow) -> None:
        webhook = await self._webhooks.get(event["webhook"])
        if webhook is None or webhook["off_since"] is not None:
            await self._events.finish(event, OFF, event["answer"])
            return
        with requests.bound(None, job="webhook"):
            try:
                request = await self._request(client, webhook, event)
            except (KeyDestroyedError, DamagedError) as error:
                log.warning("an event of %s cannot be sent: %s", webhook["owner"], type(error).__name__)
                await self._events.finish(event, "unreadable", None)
                return
            answer = await self._send(client, request)
            await self._mark(webhook, event, answer)

    async def _request(self, client: httpx.AsyncClient, webhook: WebhookRow, event: EventRow) -> httpx.Request:
        data = await self._vault.open(event["sealed"])
        secrets = cast(WebhookSecrets, await self._vault.open(webhook["sealed"]))
        body = body_of(event, data)
        now = self._clock()
        signing = signing_secrets(secrets, now)
        headers = signature_headers(signing, event["_id"], int(now.timestamp()), body)
        headers |= {"content-type": "application/json", "user-agent": _AGENT}
        return client.build_request("POST", webhook["url"], content=body, headers=headers)

    @staticmethod
    async def _send(client: httpx.AsyncClient, request: httpx.Request) -> Answer:
        """What came of it; the body of the answer stays unread."""
        try:
            async with asyncio.timeout(TIMEOUT):
                response = await client.send(request, stream=True)
                await response.aclose()
        except ForbiddenAddressError:
            return Answer("the name leads to an address that is not allowed")
        except (TimeoutError, httpx.TimeoutException):
            return Answer(f"no answer within {TIMEOUT:.0f} s")
        except httpx.HTTPError as error:
            return Answer(type(error).__name__)
        return Answer(f"HTTP {response.status_code}", response.status_code, response.headers.get("retry-after", ""))

    async def _mark(self, webhook: WebhookRow, event: EventRow, answer: Answer) -> None:
        now = self._clock()
        if answer.is_good:
            await self._events.finish(event, DELIVERED, answer.text)
            if webhook["failing_since"] is not None:
                await self._webhooks.works(webhook["_id"])
            metrics.WEBHOOK_DELIVERIES.labels("delivered").inc()
            return
        log.info("%s try %d to %s failed: %s", event["_id"], event["attempts"], webhook["owner"], answer.text)
        await self._webhooks.fails(webhook["_id"], now)
        if answer.is_final or now - (webhook["failing_since"] or now) >= TRIED_FOR:
            await self._turn_off(webhook, event, answer, now)
            return
        if now - event["fresh_at"] >= TRIED_FOR:
            await self._events.finish(event, "given up", answer.text)
            metrics.WEBHOOK_DELIVERIES.labels("given_up").inc()
            return
        due = now + max(PAUSES[min(event["attempts"], len(PAUSES)) - 1], answer.wanted_pause)
        await self._events.put_off(event, due, answer.text)
        if answer.status is None:
            await self._events.put_off_others(webhook["_id"], due)
        metrics.WEBHOOK_DELIVERIES.labels("retried").inc()

    async def _turn_off(self, webhook: WebhookRow, event: EventRow, answer: Answer, now: datetime) -> None:
        await self._events.finish(event, OFF, answer.text)
        await self._events.finish_all(webhook["_id"], OFF)
        if await self._webhooks.turn_off(webhook["_id"], now):
            metrics.WEBHOOK_DELIVERIES.labels("turned_off").inc()
            log.error("webhook %s of %s is off: %s", webhook["_id"], webhook["owner"], answer.text)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a try: `text` says it and quotes nothing; `status` is None where no answer came."""

    text: str
    status: int | None = None
    retry_after: str = ""

    @property
    def is_good(self) -> bool:
        """The receiver has the event."""
        return self.status is not None and 200 <= self.status < 300

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
    at = event["happened_at"].astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps({"type": event["type"], "timestamp": at, "data": data})


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
