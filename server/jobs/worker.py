"""The worker: delivers the outbox, lets deadlines decide, finishes messages left behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from server.chat.dispatcher import Dispatcher
from server.container import Container
from server.jobs.reminders import Reminders
from server.jobs.retention import Retention
from server.jobs.working_days import renew_due_dates
from server.platform.core import audit
from server.platform.db import Document
from server.platform.kit.clock import day_of
from server.platform.kit.networks import LOOPBACK, networks_of
from server.platform.kit.tasks import run_all
from server.platform.observability import metrics, requests
from server.platform.observability.health import Heartbeats
from server.platform.webhooks.addresses import transport_of
from server.platform.webhooks.sender import WebhookSender

log = logging.getLogger("egret.worker")
DEADLINE_SECONDS = 60.0
DRAFT_SECONDS = 600.0
REGISTER_SECONDS = 600.0
RESUME_SECONDS = 5.0
_MOST_ROUND_SECONDS = 600.0
"""A round may have much to do; one that takes longer is stuck."""
RETENTION_SECONDS = 3600.0
REMINDER_SECONDS = 600.0


async def run_worker(container: Container) -> None:
    """Work until cancelled. Any number may run: rows are leased, deadlines compare-and-set."""
    again = partial(_again, container.heartbeats)
    dispatcher = Dispatcher(container)
    await run_all(
        container.outbox.run(partial(deliver, container)),
        webhook_sender(container).run(),
        again("deadlines", DEADLINE_SECONDS, container.disputes.lapse_overdue),
        again("working days", RETENTION_SECONDS, partial(renew_due_dates, container)),
        again("repairs", DEADLINE_SECONDS, container.repairs.keep_deadlines),
        again("sign-in reports", DEADLINE_SECONDS, container.sign_in_reports.keep_deadlines),
        again("questions about looks", DEADLINE_SECONDS, container.looks.escalate),
        again("idle conversations", DEADLINE_SECONDS, dispatcher.conversations.forget_idle),
        again("audit seals", DEADLINE_SECONDS, partial(seal_yesterday, container)),
        again("residence", REGISTER_SECONDS, container.residences.catch_up),
        again("drafts", DRAFT_SECONDS, container.evidence.forget_drafts),
        again("retention", RETENTION_SECONDS, Retention(container).daily),
        again("reminders", REMINDER_SECONDS, Reminders(container).daily),
        again("messages left behind", RESUME_SECONDS, dispatcher.resume),
    )


async def deliver(container: Container, kind: str, payload: Document, row_id: str) -> None:
    """Send one row of the outbox; `reassess` is work that a delivery of records left, and no message."""
    if kind == "reassess":
        arrived, sealed = payload.get("arrived", ()), payload.get("sealed", ())
        await container.disputes.settle_delivered(payload["citizen"], arrived)
        twins = await container.scores.reassess(payload["citizen"], arrived, sealed)
        if twins:
            await container.checks.ask_about_twins(payload["citizen"], twins)
    else:
        await container.delivery.deliver(kind, payload, row_id)


def webhook_sender(container: Container) -> WebhookSender:
    """What sends events to the addresses of sources and partners."""
    settings = container.settings
    networks = (*networks_of(settings.webhook_networks), *(LOOPBACK if settings.demo else ()))
    transport = partial(transport_of, networks, settings.webhook_ca)
    return WebhookSender(container.store, container.vault, container.clock, container.heartbeats, transport)


async def seal_yesterday(container: Container) -> int:
    """Seal the audit chains once a day, as they stand after midnight; the log carries the root out of the database."""
    day = day_of(container.clock()) - timedelta(days=1)
    if await audit.is_sealed(container.store, day.isoformat()):
        return 0
    root = await audit.seal(container.store, day.isoformat(), container.clock())
    if root is None:
        return 0
    log.info("audit sealed for %s: root %s", day, root)
    return 1


async def _again(heartbeats: Heartbeats, what: str, seconds: float, work: Callable[[], Awaitable[int]]) -> None:
    """Do something again and again; a fault is logged and the next round goes on."""
    while True:
        heartbeats.beat(what, seconds + _MOST_ROUND_SECONDS)
        with requests.bound(job=what):
            try:
                count = await work()
                if count:
                    log.info("%s: %d", what, count)
                metrics.WORKER_ROUND.labels(what).set_to_current_time()
            except Exception as error:
                metrics.WORKER_FAILURES.labels(what).inc()
                log.warning("%s pause: %s", what, type(error).__name__)
        await asyncio.sleep(seconds)
