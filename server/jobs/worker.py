"""The worker: delivers the outbox, lets deadlines decide, finishes messages left behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import httpx

from bot.notices import notice, notice_title, sms_code, sms_notice
from bot.wechat.faults import WeChatApiError
from bot.wechat.replies import split_text
from bot.wechat.results import SUBSCRIPTION, TEMPLATE
from bot.wechat.templates import Filled
from server.chat.dispatcher import Dispatcher
from server.chat.messaging_windows import MessagingWindows
from server.citizens.repository import CitizenRepository
from server.container import Container
from server.jobs.retention import Retention
from server.jobs.working_days import renew_due_dates
from server.platform.core import audit
from server.platform.core.outbox import UndeliverableError, WaitingError
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
_SOON = timedelta(minutes=5)
_MINI_PAGE = "pages/score/score"
"""Where a message of the mini-program leads."""


async def run_worker(container: Container) -> None:
    """Work until cancelled. Any number may run: rows are leased, deadlines compare-and-set."""
    again = partial(_again, container.heartbeats)
    dispatcher = Dispatcher(container)
    await run_all(
        container.outbox.run(Delivery(container).deliver),
        webhook_sender(container).run(),
        again("deadlines", DEADLINE_SECONDS, container.disputes.lapse_overdue),
        again("working days", RETENTION_SECONDS, partial(renew_due_dates, container)),
        again("repairs", DEADLINE_SECONDS, container.repairs.keep_deadlines),
        again("questions about looks", DEADLINE_SECONDS, container.looks.escalate),
        again("idle conversations", DEADLINE_SECONDS, dispatcher.conversations.forget_idle),
        again("audit seals", DEADLINE_SECONDS, partial(seal_yesterday, container)),
        again("residence", REGISTER_SECONDS, container.residences.catch_up),
        again("drafts", DRAFT_SECONDS, container.evidence.forget_drafts),
        again("retention", RETENTION_SECONDS, Retention(container).daily),
        again("messages left behind", RESUME_SECONDS, dispatcher.resume),
    )


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


class Delivery:
    """Sends outbox rows by their kind: `chat` notices to citizens, `account` notices to whoever has an account,
    `text` replies that were late, `sms`.

    `reassess` is work that a delivery left, and no message.
    """

    def __init__(self, container: Container) -> None:
        self._container = container
        self._windows = MessagingWindows(container.store, container.clock)

    async def deliver(self, kind: str, payload: Document, row_id: str) -> None:
        """Send one row. Raises UndeliverableError where another try cannot help."""
        if kind == "reassess":
            twins = await self._container.scores.reassess(payload["citizen"], payload.get("sealed", ()))
            if twins:
                await self._container.checks.ask_about_twins(payload["citizen"], twins)
            return
        if kind == "sms":
            text = sms_notice(payload["notice"]) if "notice" in payload else sms_code(payload["code"])
            await self._sms(payload["phone"], text)
            return
        if kind == "chat" and not await self._is_theirs(payload["contact"], payload["citizen"]):
            raise UndeliverableError
        contact = await self._container.contacts.get(payload["contact"])
        account = await self._container.contacts.account(payload["contact"])
        if contact is None or account is None:
            raise UndeliverableError
        if kind == "text":
            await self._chat(payload["contact"], account[1], payload["text"], row_id)
            return
        text = notice(contact.language, payload["notice"], payload["data"])
        if contact.contact.channel == "mini":
            title = notice_title(contact.language, payload["notice"])
            filled = self._container.mini_templates.filled(payload["notice"], title, text, payload["data"])
            await self._mini_program(account[1], filled)
            return
        try:
            await self._chat(payload["contact"], account[1], text, row_id)
        except WaitingError:
            title = notice_title(contact.language, payload["notice"])
            filled = self._container.templates.filled(payload["notice"], title, text, payload["data"])
            if filled is None or not await self._template(payload["contact"], account[1], filled, row_id):
                raise

    async def _is_theirs(self, contact: str, citizen: str) -> bool:
        """Whether a contact still belongs to a citizen; another citizen may have bound it since."""
        return await CitizenRepository(self._container.store).is_bound(contact, citizen)

    async def _chat(self, contact: str, openid: str, text: str, row_id: str) -> None:
        """Within what WeChat allows after the person's last sign; else it waits for the next one."""
        parts = split_text(text)
        windows = self._windows
        sent = 0
        window = await windows.consume(contact, len(parts))
        if window is None:
            raise WaitingError(contact)
        try:
            for part in parts:
                await self._container.wechat.send_text(openid, part, f"{row_id}-{sent}")
                sent += 1
        except WeChatApiError as error:
            if error.is_quota:
                await windows.close(contact)
                raise WaitingError(contact) from error
            await windows.restore(contact, window, len(parts) - sent)
            if error.is_final:
                raise UndeliverableError from error
            raise
        except BaseException:  # also where it took too long, or the worker is asked to stop
            await windows.restore(contact, window, len(parts) - sent)
            raise

    async def _template(self, contact: str, openid: str, filled: Filled, row_id: str) -> bool:
        """By template, where no customer-service message may follow; then by subscription, if one is allowed.

        Not by a way that the platform took this message for before, and failed. Raises WaitingError where a way is
        closed for a few minutes.
        """
        url, ways = f"{self._container.settings.base_url}/h5/", filled.template
        wechat = self._container.wechat
        sends: dict[str, Callable[[], Awaitable[str | None]]] = {}
        if ways.template is not None:
            sends[TEMPLATE] = partial(wechat.send_template, openid, ways.template, filled.values, url, row_id)
        if ways.subscription is not None:
            sends[SUBSCRIPTION] = partial(wechat.send_subscription, openid, ways.subscription, filled.values, url)
        failed = await self._container.outbox.failed_ways(row_id)
        passing: WeChatApiError | None = None
        for way, send in sends.items():
            if way in failed:
                continue
            try:
                message_id = await send()
            except WeChatApiError as error:
                log.info("a notice cannot go this way: %s", error)
                passing = error if error.is_passing else passing
                continue
            except httpx.HTTPError as error:  # it may have been taken: later the same again, and now no other
                log.info("a notice may not have gone this way: %s", type(error).__name__)
                raise WaitingError(contact, _SOON) from error
            if message_id is not None:
                await self._container.outbox.taken(row_id, way, message_id)
            return True
        if passing is not None:
            raise WaitingError(contact, _SOON) from passing
        return False

    async def _mini_program(self, openid: str, filled: Filled | None) -> None:
        """By subscription message, where the person has allowed one; else they see it when they open the mini-program.

        Raises UndeliverableError where another try cannot help.
        """
        client = self._container.mini_program
        if client is None or filled is None or filled.template.subscription is None:
            raise UndeliverableError("the mini-program has no template for it any more")
        try:
            await client.send_to_mini_program(openid, filled.template.subscription, filled.values, _MINI_PAGE)
        except WeChatApiError as error:
            if error.is_final:
                raise UndeliverableError from error
            if not error.needs_consent:
                raise
            log.info("a notice cannot go to the mini-program: %s", error)

    async def _sms(self, phone: str, text: str) -> None:
        url = self._container.settings.sms_url
        if url is None:
            raise UndeliverableError("EGRET_SMS_URL is not set")
        response = await self._container.http.post(url, json={"phone": phone, "text": text})
        response.raise_for_status()
