"""The chat channel: each message once, answered on time, its dialog never raced.

A message is claimed before any work, and kept sealed before it is acknowledged without
an answer. One message of a person is answered at a time, under a lock that its worker
renews. The reply, the dialog's new state and the release are saved in one write; a retry
gets the stored reply. What takes longer than WeChat waits is answered `success` and
follows as a customer-service message; so does what a process left behind when it died.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from bot.dialogs import engine
from bot.dialogs.engine import Turn
from bot.dialogs.flow import Conversation, Data
from bot.phrases import phrase
from bot.wechat.messages import Message, read_message
from bot.wechat.replies import Reply, Text, Transfer
from schema.execution import without_text
from schema.principal import Contact, Principal
from server.asker import Asker
from server.changes import Change, Outcome
from server.contacts import KnownContact
from server.conversations import IDLE, Turnstile
from server.keys import KeyDestroyedError
from server.mongo import Document, Session
from server.mongo.store import Sealed
from server.observe import metrics, requests
from server.observe.traces import TRACES
from server.pictures import Pictures
from server.system import System

log = logging.getLogger("egret.channel")

ANSWER_SECONDS = 4.0
_EVENTS = frozenset({"subscribe", "unsubscribe", "scan", "click", "kf_close_session"})
"""Those that something is done about; any other, such as every phone's location, is not even stored."""
_KEEP_SECONDS = 0.4
"""A message that takes longer than this is kept; before, the platform itself sends it again."""
_RENEW_SECONDS = 1.5
_MOST_TRIES = 5


class LockLostError(Exception):
    """Another process took over this message's person; it will answer."""


class NotKeptError(Exception):
    """A message that takes long could not be stored."""


@dataclass(slots=True)
class Job:
    """A message being worked on; `late` once WeChat got `success` instead of a reply."""

    message: Message
    at: Turnstile
    contact: KnownContact | None = None
    late: bool = False
    pushed: bool = False
    kept: bool = False
    text: str | None = None


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
        while not self._over:  # a cancellation may be forgotten on its way (see server.tasks)
            await self._renew()
            await asyncio.sleep(_RENEW_SECONDS)

    def cancel(self) -> None:
        """The work is over."""
        self._over = True
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()


class Channel:
    """Answers the messages of one public account."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._talks = system.conversations
        self._pictures = Pictures(system)
        self._running: set[asyncio.Task[Reply | None]] = set()

    async def receive(self, message: Message) -> Reply | None:
        """The reply; None where there is nothing to say, or it follows by push."""
        metrics.of(metrics.CHAT_MESSAGES, metrics.message_label(message.kind, message.event)).inc()
        if message.kind == "event" and message.event not in _EVENTS:
            return None
        with metrics.CHAT_SECONDS.time(), TRACES.span("chat message"):
            return await self._receive(message)

    async def _receive(self, message: Message) -> Reply | None:
        job = self._job(message)
        task = asyncio.create_task(self._work(job))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        done, _ = await asyncio.wait({task}, timeout=ANSWER_SECONDS)
        if done:
            ended = "failed" if task.cancelled() or task.exception() else "in_time"
            metrics.of(metrics.CHAT_ANSWERS, ended).inc()
            return task.result()
        job.late = True
        task.add_done_callback(_log_fault)
        if not job.kept:
            await self._renew(job)
        if not job.kept and not task.done():
            metrics.CHAT_ANSWERS.labels("not_kept").inc()
            raise NotKeptError  # not acknowledged, so that the platform sends it again
        metrics.CHAT_ANSWERS.labels("later").inc()
        return None

    async def drain(self) -> None:
        """Wait for messages that are being worked on, before the process ends."""
        if self._running:
            await asyncio.wait(self._running, timeout=10)

    async def resume(self) -> int:
        """Finish messages that a dead process left behind; their answers are pushed."""
        count = 0
        while (found := await self._talks.left_behind()) is not None:
            contact_id, entries = found
            contact = await self._system.contacts.get(contact_id)
            for entry in entries:
                count += await self._resume(contact_id, contact, entry)
        return count

    async def _resume(self, contact_id: str, contact: KnownContact | None, entry: Document) -> bool:
        try:
            if contact is None or entry["tries"] >= _MOST_TRIES or "message" not in entry:
                raise KeyDestroyedError
            kept = (await self._system.vault.open(entry["message"]))["fields"]
            at = Turnstile(contact_id, entry["claim"], uuid4().hex)
            with requests.bound(job="message left behind"), TRACES.span("chat message left behind"):
                await self._work(Job(read_message(kept), at, contact, late=True), claimed=True)
            metrics.CHAT_ANSWERS.labels("resumed").inc()
            return True
        except KeyDestroyedError:  # its person left, or it fails whatever we do
            await self._talks.drop(contact_id, entry["claim"])
        except Exception as error:
            log.error("a message left behind failed: %s", type(error).__name__, exc_info=without_text(error))
        return False

    def _job(self, message: Message) -> Job:
        contact = self._system.contacts.id_of("wechat", message.sender)
        claim = self._system.vault.blind("message", message.key)[:8]
        return Job(message, Turnstile(contact, claim, uuid4().hex))

    async def _kept(self, job: Job) -> Sealed:
        """The message, sealed, for whoever has to finish it should this process die."""
        contact = job.contact or await self._system.contacts.enter("wechat", job.message.sender)
        return await self._system.vault.seal(contact.key, {"fields": dict(job.message.fields)})

    async def _work(self, job: Job, *, claimed: bool = False) -> Reply | None:
        renewing = self._renewed(job)
        try:
            row = await self._enter(job, claimed=claimed)
            if row is None:  # answered by whoever worked on it
                return await self._stored_reply(job)
            job.at = replace(job.at, turn=row.get("revision", 0))
            reply = await self._answer(job, row)
        except BaseException:
            await self._talks.unlock(job.at)
            raise
        finally:
            renewing.cancel()
        if job.late and not job.pushed and job.text is not None and job.contact is not None:
            await self._push(job.contact, job.text)
        return reply

    async def _enter(self, job: Job, *, claimed: bool) -> Document | None:
        """Claim the message and lock its person: the conversation; None where it is answered already."""
        window = None if claimed else _window_of(job.message)
        while True:
            if not claimed:
                row = await self._talks.take(job.at, window)
                if row is not None:
                    return row
                await self._talks.claim(job.at, window)
            while (row := await self._talks.lock(job.at)) is None:
                entry = await self._talks.entry(job.at)
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

    def _renewed(self, job: Job) -> Renewing:
        """Keep the message and renew the lock, for as long as the work goes on; nearly always it is over before."""
        return Renewing(lambda: self._renew(job))

    async def _renew(self, job: Job) -> None:
        try:
            await self._talks.renew(job.at, None if job.kept else await self._kept(job))
            job.kept = True
        except Exception as error:
            log.warning("a lock was not renewed: %s", type(error).__name__)

    async def _stored_reply(self, job: Job) -> Reply | None:
        entry = await self._talks.entry(job.at)
        if entry is None or entry.get("reply") is None:
            return None
        said = (await self._system.vault.open(entry["reply"]))["said"]
        return None if said is None else self._reply(said)

    async def _answer(self, job: Job, row: Document) -> Reply | None:
        contact = job.contact = await self._know(job, row)
        if job.message.event == "unsubscribe":
            principal = await self._system.citizens.principal_of(contact.contact)
            await self._system.enrolments.unfollow(principal)
            return None
        conversation = await self._load(contact, row)
        asker = Asker(self._system, contact.contact, job.at.claim.hex(), row.get("citizen"), row.get("standing"))
        try:
            with TRACES.span(f"dialog {dialog_of(conversation)}"):
                turn = await self._turn(job.message, conversation, asker)
            metrics.of(metrics.DIALOG_TURNS, *_outcome(conversation, turn)).inc()
        except Exception as error:
            metrics.DIALOG_TURNS.labels(dialog_of(conversation), "fault").inc()
            log.error("a turn failed: %s", type(error).__name__, exc_info=without_text(error))
            turn = Turn(phrase(conversation.language, "home.fault"), conversation)
        said = None if turn is None or turn.text is None else self._said(job, contact, turn, turn.text)
        if not await self._save(job, contact, asker.citizen, turn, said, self._talks.save):
            if not asker.changed:
                raise LockLostError
            contact = await self._system.contacts.enter("wechat", job.message.sender)
            if not await self._save(job, contact, None, turn, said, self._talks.begin_anew):
                raise LockLostError
        if said is None:
            return None
        job.text = said["text"]
        return self._reply(said)

    async def _know(self, job: Job, row: Document) -> KnownContact:
        """The contact as it is now, from its conversation; what waited for a sign of it may be sent."""
        if row.get("key") is None:
            contact = await self._system.contacts.enter("wechat", job.message.sender)
        else:
            contact = KnownContact(Contact("wechat", job.at.contact), row["key"], row["language"])
        if row.get("key") is None or row.get("waited_for"):
            await self._system.outbox.release(contact.contact.id)
        return contact

    def _said(self, job: Job, contact: KnownContact, turn: Turn, text: str) -> Data:
        """What is kept of a reply. Only a message can be handed over to a person, never an event."""
        staffed = self._system.settings.wechat_customer_service
        said: Data = {"text": text, "transfer": turn.wants_person and staffed and job.message.kind != "event"}
        if turn.picture is not None:
            said["picture"] = self._pictures.address(turn.picture, contact.contact, turn.conversation.language)
        return said

    def _reply(self, said: Data) -> Reply:
        if said.get("transfer"):
            return Transfer()
        return self._pictures.news(said["text"], said["picture"]) if said.get("picture") else Text(said["text"])

    async def _turn(self, message: Message, conversation: Conversation, asker: Asker) -> Turn | None:
        if message.event in ("subscribe", "scan"):
            return await engine.welcome(conversation, asker.answer, message.scene)
        if message.event == "kf_close_session":
            return engine.person_gone(conversation)
        if message.event == "click":
            return await engine.tap(conversation, message.event_key, asker.answer)
        photo = message.media_id if message.kind == "image" else None
        return await engine.take_turn(conversation, message.text, asker.answer, photo)

    async def _load(self, contact: KnownContact, row: Document) -> Conversation:
        if "sealed" not in row or row["state_at"] < self._system.clock() - IDLE:
            return Conversation(language=contact.language)
        try:
            content = await self._system.vault.open(row["sealed"])
            return Conversation.model_validate(content["conversation"])
        except (ValidationError, KeyDestroyedError):
            return Conversation(language=contact.language)

    async def _save(
        self, job: Job, contact: KnownContact, citizen: str | None, turn: Turn | None, said: Data | None, save: _Save
    ) -> bool:
        """One write; what has to be pushed goes into the outbox with it."""
        state: Document = {"key": contact.key, "language": contact.language, "waited_for": False, "citizen": citizen}
        reply = None
        if turn is not None:
            conversation = {"conversation": turn.conversation.model_dump(mode="json", exclude_defaults=True)}
            state["sealed"] = await self._system.vault.seal(contact.key, conversation)
            state["language"] = turn.conversation.language
            reply = await self._system.vault.seal(contact.key, {"said": said})
        if said is None or not (job.late or said["transfer"]):  # a handing over cannot say anything itself
            saved = await save(job.at, state, reply, None)
        else:
            saved = await self._save_and_push(
                job, contact, said["text"], lambda session: save(job.at, state, None if job.late else reply, session)
            )
        if saved and state["language"] != contact.language:
            await self._system.contacts.set_language(contact.contact.id, state["language"])
        return saved

    async def _save_and_push(
        self, job: Job, contact: KnownContact, text: str, save: Callable[[Session], Awaitable[bool]]
    ) -> bool:
        async def body(change: Change) -> Outcome:
            if not await save(change.session):
                raise LockLostError
            await change.notify("text", contact.key, {"contact": contact.contact.id, "text": text})
            return {}

        try:
            await self._system.changes.run(Principal(contact=contact.contact), "reply", body)
        except LockLostError:
            return False
        job.pushed = True
        return True

    async def _push(self, contact: KnownContact, text: str) -> None:
        """The answer was saved just before it came too late: send it after all."""

        async def body(change: Change) -> Outcome:
            await change.notify("text", contact.key, {"contact": contact.contact.id, "text": text})
            return {}

        await self._system.changes.run(Principal(contact=contact.contact), "push", body)


def dialog_of(conversation: Conversation) -> str:
    """The flow that a conversation is in, by a name of ours."""
    return conversation.flow if conversation.flow in engine.FLOWS else "none"


def _outcome(before: Conversation, turn: Turn | None) -> tuple[str, str]:
    """The dialog that a turn belongs to, and what became of it."""
    if turn is None:
        return dialog_of(before), "silent"
    after = turn.conversation
    dialog = dialog_of(before) if after.flow is None else dialog_of(after)
    if after.failures:
        return dialog, "not_understood"
    return dialog, "ended" if after.flow is None else "goes_on"


_Save = Callable[[Turnstile, Mapping[str, Any], Sealed | None, Session | None], Awaitable[bool]]


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
