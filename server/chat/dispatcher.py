"""The dispatcher of the chat: each message once, answered on time, its dialog never raced.

A message is claimed before any work, and kept sealed before it is acknowledged without
an answer. One message of a person is answered at a time, under a lock that its worker
renews. The reply, the dialog's new state and the release are saved in one write; a retry
gets the stored reply. What takes longer than WeChat waits is answered `success` and
follows as a customer-service message; so does what a process left behind when it died.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

from bot.wechat.messages import Message, read_message
from bot.wechat.replies import Reply
from schema.engine.execution import without_text
from server.api.answer_cache import AnswerCache
from server.chat.authorizations import heed_authorization
from server.chat.card_replies import CardReplies
from server.chat.conversations import Conversations, MessageClaim
from server.chat.delivery_receipts import heed, look_again
from server.chat.turn_handler import ENDINGS, Inflight, TurnHandler
from server.citizens.contacts import KnownContact
from server.container import Container
from server.platform.crypto.vault import KeyDestroyedError
from server.platform.db import Document, Sealed
from server.platform.kit.errors import BusyError
from server.platform.observability import metrics, requests
from server.platform.observability.traces import TRACES

log = logging.getLogger("egret.channel")

ANSWER_SECONDS = 4.0
_EVENTS = frozenset({"subscribe", "scan", "click", "kf_close_session", *ENDINGS})
"""Those of a conversation; any other, such as every phone's location or what became of a notice, is not stored."""
_KEEP_SECONDS = 0.4
"""A message that takes longer than this is kept; before, the platform itself sends it again."""
_RENEW_SECONDS = 1.5
_MOST_TRIES = 5


class NotKeptError(BusyError):
    """A message that takes long could not be stored."""


class Renewing:
    """Calls `renew` after a while and then again and again, until cancelled; a timer, not a task, until then."""

    def __init__(self, renew: Callable[[], Awaitable[None]]) -> None:
        self._renew = renew
        self._task: asyncio.Task[None] | None = None
        self._over = False
        self._timer = asyncio.get_running_loop().call_later(_KEEP_SECONDS, self._start)

    def _start(self) -> None:
        self._task = asyncio.create_task(self._go_on())

    async def _go_on(self) -> None:
        while not self._over:  # a cancellation may be forgotten on its way (see server.platform.kit.tasks)
            await self._renew()
            await asyncio.sleep(_RENEW_SECONDS)

    def cancel(self) -> None:
        """The work is over."""
        self._over = True
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()


class Dispatcher:
    """Answers the messages of one public account."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self.conversations = self._conversations = Conversations(container.store, container.clock)
        self.pictures = CardReplies(container, answers := AnswerCache())
        self._turns = TurnHandler(container, self._conversations, answers, self.pictures)
        self._running: set[asyncio.Task[Reply | None]] = set()
        self._looking: set[asyncio.Task[None]] = set()

    async def receive(self, message: Message) -> Reply | None:
        """The reply; None where there is nothing to say, or it follows by push."""
        metrics.of(metrics.CHAT_MESSAGES, metrics.message_label(message.kind, message.event)).inc()
        if message.kind == "event" and message.event not in _EVENTS:
            await heed_authorization(self._container, self._conversations, message, self._claim(message))
            await self._heed(message)
            return None
        with metrics.CHAT_SECONDS.time(), TRACES.span("chat message"):
            return await self._receive(message)

    async def _heed(self, message: Message) -> None:
        """Send again what was lost; what is not known yet is looked for after the platform has its answer."""
        if unknown := await heed(self._container, message):
            task = asyncio.create_task(look_again(self._container, unknown))
            self._looking.add(task)
            task.add_done_callback(self._looking.discard)

    async def _receive(self, message: Message) -> Reply | None:
        inflight = self._inflight(message)
        task = asyncio.create_task(self._work(inflight))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        done, _ = await asyncio.wait({task}, timeout=ANSWER_SECONDS)
        if done:
            ended = "failed" if task.cancelled() or task.exception() else "in_time"
            metrics.of(metrics.CHAT_ANSWERS, ended).inc()
            return task.result()
        inflight.late = True
        task.add_done_callback(_log_fault)
        if not inflight.kept:
            await self._renew(inflight)
        if not inflight.kept and not task.done():
            metrics.CHAT_ANSWERS.labels("not_kept").inc()
            raise NotKeptError  # not acknowledged, so that the platform sends it again
        metrics.CHAT_ANSWERS.labels("later").inc()
        return None

    async def drain(self) -> None:
        """Wait for messages that are being worked on, before the process ends."""
        if working := {*self._running, *self._looking}:
            await asyncio.wait(working, timeout=10)

    async def resume(self) -> int:
        """Finish messages that a dead process left behind; their answers are pushed."""
        count = 0
        while (found := await self._conversations.left_behind()) is not None:
            contact_id, entries = found
            contact = await self._container.contacts.get(contact_id)
            for entry in entries:
                count += await self._resume(contact_id, contact, entry)
        return count

    async def _resume(self, contact_id: str, contact: KnownContact | None, entry: Document) -> bool:
        try:
            if contact is None or entry["tries"] >= _MOST_TRIES or "message" not in entry:
                raise KeyDestroyedError
            kept = (await self._container.vault.open(entry["message"]))["fields"]
            at = MessageClaim(contact_id, entry["claim"], uuid4().hex)
            with requests.bound(job="message left behind"), TRACES.span("chat message left behind"):
                await self._work(Inflight(read_message(kept), at, contact, late=True), claimed=True)
            metrics.CHAT_ANSWERS.labels("resumed").inc()
            return True
        except KeyDestroyedError:  # its person left, or it fails whatever we do
            await self._conversations.drop(contact_id, entry["claim"])
        except Exception as error:
            log.error("a message left behind failed: %s", type(error).__name__, exc_info=without_text(error))
        return False

    def _inflight(self, message: Message) -> Inflight:
        return Inflight(message, self._claim(message))

    def _claim(self, message: Message) -> MessageClaim:
        contact = self._container.contacts.id_of("wechat", message.sender)
        claim = self._container.vault.blind("message", message.key)[:8]
        return MessageClaim(contact, claim, uuid4().hex, created=message.created)

    async def _kept(self, inflight: Inflight) -> Sealed:
        """The message, sealed, for the process that finishes it should this one die."""
        contact = inflight.contact or await self._container.contacts.enter("wechat", inflight.message.sender)
        return await self._container.vault.seal(contact.key, {"fields": dict(inflight.message.fields)})

    async def _work(self, inflight: Inflight, *, claimed: bool = False) -> Reply | None:
        renewing = self._renewed(inflight)
        try:
            row = await self._enter(inflight, claimed=claimed)
            if row is None:  # another process has answered it
                return await self._turns.stored_reply(inflight)
            inflight.at = replace(inflight.at, turn=row.get("revision", 0))
            reply = await self._turns.take(inflight, row)
        except BaseException:
            await self._conversations.unlock(inflight.at)
            raise
        finally:
            renewing.cancel()
        if inflight.late and not inflight.pushed and inflight.text is not None and inflight.contact is not None:
            await self._turns.push(inflight.contact, inflight.text)
        return reply

    async def _enter(self, inflight: Inflight, *, claimed: bool) -> Document | None:
        """Claim the message and lock its person: the conversation; None where it is answered already."""
        window = None if claimed else _window_of(inflight.message)
        while True:
            if not claimed:
                row = await self._conversations.take(inflight.at, window)
                if row is not None:
                    return row
                await self._conversations.claim(inflight.at, window)
            while (row := await self._conversations.lock(inflight.at)) is None:
                entry = await self._conversations.entry(inflight.at)
                if entry is None:
                    break  # the conversation was erased under us, as when its person left
                if "pending" not in entry:
                    return None
                await asyncio.sleep(0.03)
            if row is not None:
                return row
            if claimed:
                raise KeyDestroyedError
            await asyncio.sleep(0.03)

    def _renewed(self, inflight: Inflight) -> Renewing:
        """Keep the message and renew the lock, for as long as the work goes on; nearly always it is over before."""
        return Renewing(lambda: self._renew(inflight))

    async def _renew(self, inflight: Inflight) -> None:
        try:
            inflight.kept = await self._conversations.renew(
                inflight.at, None if inflight.kept else await self._kept(inflight)
            )
        except Exception as error:
            log.warning("a lock was not renewed: %s", type(error).__name__)


def _window_of(message: Message) -> str | None:
    """What this message allows us to send afterwards."""
    if message.kind != "event":
        return "message"
    return "event" if message.event in ("click", "subscribe", "scan") else None


def _log_fault(task: asyncio.Task[Reply | None]) -> None:
    """A late answer that failed and was not saved stays unfinished, and is resumed by a worker."""
    fault = None if task.cancelled() else task.exception()
    if fault is not None:
        log.error("a late answer failed: %s", type(fault).__name__, exc_info=without_text(fault))
