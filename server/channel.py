"""The chat channel: each message once, answered on time, its dialog never raced.

A message is claimed, and kept sealed, before any work. One message of a person is
answered at a time, under a lease that its worker renews. The reply, the dialog's new
state and the claim are saved in one transaction; a retry gets the stored reply. What
takes longer than WeChat waits is answered `success` and follows as a customer-service
message; so does what a process left behind when it died.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from pydantic import ValidationError

from bot.dialogs import engine
from bot.dialogs.engine import Turn
from bot.dialogs.flow import AskedError, Conversation, Data
from bot.operations import operations
from bot.phrases import phrase
from bot.wechat.messages import Message, read_message
from bot.wechat.replies import Reply, Text, Transfer
from schema.errors import Refused
from schema.execution import ask, without_text
from schema.principal import Principal
from server.changes import Change, Outcome
from server.contacts import KnownContact
from server.keys import KeyDestroyedError
from server.mongo import Document, DuplicateError
from server.system import System

log = logging.getLogger("egret.channel")

ANSWER_SECONDS = 4.0
IDLE = timedelta(minutes=30)
LEASE = timedelta(seconds=4.5)
"""Shorter than the 5 s after which WeChat sends a message again."""
_RENEW_SECONDS = 1.5
_MOST_TRIES = 5
_GONE = timedelta(seconds=12)
"""A message nobody works on and WeChat no longer sends is ours to finish."""


class LeaseLostError(Exception):
    """Another process took over this message's person; it will answer."""


@dataclass(slots=True)
class _Job:
    """A message being worked on; `late` once WeChat got `success` instead of a reply."""

    message: Message
    contact: KnownContact
    claim: str
    late: bool = False
    pushed: bool = False
    owner: str = field(default_factory=lambda: uuid4().hex)


class Channel:
    """Answers the messages of one public account."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._running: set[asyncio.Task[Reply | None]] = set()

    async def receive(self, message: Message) -> Reply | None:
        """The reply; None where there is nothing to say, or it follows by push."""
        contact = await self._system.contacts.enter("wechat", message.sender)
        claim = self._system.vault.blind_text("message", message.key)
        stored = await self._claim(claim, contact, message)
        if stored is not None:
            return await self._stored_reply(stored, contact)
        job = _Job(message, contact, claim)
        task = asyncio.create_task(self._work(job))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        done, _ = await asyncio.wait({task}, timeout=ANSWER_SECONDS)
        if done:
            return task.result()
        job.late = True
        task.add_done_callback(_log_fault)
        return None

    async def drain(self) -> None:
        """Wait for messages that are being worked on, before the process ends."""
        if self._running:
            await asyncio.wait(self._running, timeout=10)

    async def resume(self) -> int:
        """Finish messages that a dead process left behind; their answers are pushed."""
        count = 0
        messages = self._system.store["messages"]
        while True:
            now = self._system.clock()
            row = await messages.find_one_and_update(
                {"done": False, "at": {"$lt": now - _GONE}}, {"$set": {"at": now}, "$inc": {"tries": 1}}
            )
            if row is None:
                return count
            try:
                contact = await self._system.contacts.get(row["contact"])
                if contact is None or row.get("tries", 0) >= _MOST_TRIES:
                    raise KeyDestroyedError
                kept = (await self._system.vault.open(row["message"]))["fields"]
                await self._work(_Job(read_message(kept), contact, row["_id"], late=True))
                count += 1
            except KeyDestroyedError:
                await messages.delete_one({"_id": row["_id"]})  # its person left, or it fails whatever we do
            except Exception as error:
                log.error("a message left behind failed: %s", type(error).__name__, exc_info=without_text(error))

    async def _claim(self, claim: str, contact: KnownContact, message: Message) -> Document | None:
        """None when this process now owns the message, else what is stored of it."""
        now = self._system.clock()
        row = {
            "_id": claim,
            "contact": contact.contact.id,
            "at": now,
            "message": await self._system.vault.seal(contact.key, {"fields": dict(message.fields)}),
            "sealed": None,
            "done": False,
        }
        try:
            await self._system.store["messages"].insert_one(row)
            return None
        except DuplicateError:
            pass
        reclaimed = await self._system.store["messages"].find_one_and_update(
            {"_id": claim, "done": False, "at": {"$lt": now - LEASE}}, {"$set": {"at": now}}
        )
        if reclaimed is not None:
            return None
        return await self._system.store["messages"].find_one({"_id": claim}) or {"done": True, "sealed": None}

    async def _stored_reply(self, stored: Document, contact: KnownContact) -> Reply | None:
        """A retry's answer: the stored reply, waited for if it is still being made."""
        deadline = asyncio.get_running_loop().time() + ANSWER_SECONDS
        row: Document | None = stored
        while row is not None and not row["done"] and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.1)
            row = await self._system.store["messages"].find_one({"_id": stored["_id"]})
        if row is None or row.get("sealed") is None:
            return None
        return _reply(await self._system.vault.open(row["sealed"]))

    async def _work(self, job: _Job) -> Reply | None:
        reply = await self._work_alone(job)
        if job.late and not job.pushed and isinstance(reply, Text):
            await self._push(job, reply.content)
        return reply

    async def _work_alone(self, job: _Job) -> Reply | None:
        async with self._lease(job):
            contact = await self._system.contacts.get(job.contact.contact.id)
            if contact is None:
                raise LeaseLostError
            if contact.waited_for:
                await self._system.contacts.arrived(contact.contact.id)
                await self._system.outbox.release(contact.contact.id)
            job.contact = contact  # its key or language may have changed while this message waited
            row = await self._system.store["messages"].find_one({"_id": job.claim})
            if row is not None and row["done"]:
                job.pushed = True  # by whoever finished it while we waited
                return await self._stored_reply(row, job.contact)
            if job.message.event == "unsubscribe":
                principal = await self._system.citizens.principal_of(job.contact.contact)
                await self._system.enrolments.unfollow(principal)
                return None
            return await self._answer(job)

    @contextlib.asynccontextmanager
    async def _lease(self, job: _Job) -> AsyncIterator[None]:
        """Hold the person's conversation; renew that, and the claim, while the work goes on."""
        contact_id, contacts = job.contact.contact.id, self._system.contacts
        window = _window_of(job)  # of the moment it arrived, however long it waits for its turn
        over = asyncio.Event()
        renewing = asyncio.create_task(self._renew(job, over))
        try:
            while not await contacts.lock(contact_id, job.owner, LEASE, window):
                if await contacts.get(contact_id) is None:
                    raise LeaseLostError
                await asyncio.sleep(0.03)
            yield
        finally:
            over.set()
            await renewing
            await contacts.unlock(contact_id, job.owner)

    async def _renew(self, job: _Job, over: asyncio.Event) -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_RENEW_SECONDS):
                    await over.wait()
            if over.is_set():
                return
            try:
                await self._system.contacts.renew(job.contact.contact.id, job.owner, LEASE)
                await self._system.store["messages"].update_one(
                    {"_id": job.claim, "done": False}, {"$set": {"at": self._system.clock()}}
                )
            except Exception as error:
                log.warning("a lease was not renewed: %s", type(error).__name__)

    async def _answer(self, job: _Job) -> Reply | None:
        conversation = await self._load(job.contact)
        asker = Asker(self._system, job.contact, job.claim)
        try:
            turn = await self._turn(job.message, conversation, asker)
        except Exception as error:
            log.error("a turn failed: %s", type(error).__name__, exc_info=without_text(error))
            turn = Turn(phrase(conversation.language, "home.fault"), conversation)
        if asker.changed:
            job.contact = await self._system.contacts.enter("wechat", job.message.sender)
        said = None if turn is None or turn.text is None else self._said(job, turn, turn.text)
        await self._save(job, turn, said)
        return None if said is None else _reply(said)

    def _said(self, job: _Job, turn: Turn, text: str) -> Data:
        """What is kept of a reply. Only a message can be handed over to a person, never an event."""
        staffed = self._system.settings.wechat_customer_service
        return {"text": text, "transfer": turn.wants_person and staffed and job.message.kind != "event"}

    async def _turn(self, message: Message, conversation: Conversation, asker: Asker) -> Turn | None:
        if message.event == "subscribe":
            return await engine.welcome(conversation, asker.answer)
        if message.event == "kf_close_session":
            return engine.person_gone(conversation)
        if message.event == "click":
            return await engine.tap(conversation, message.event_key, asker.answer)
        if message.kind == "event":
            return None
        return await engine.take_turn(conversation, message.text, asker.answer)

    async def _load(self, contact: KnownContact) -> Conversation:
        row = await self._system.store["conversations"].find_one({"_id": contact.contact.id})
        if row is None or row["at"] < self._system.clock() - IDLE:
            return Conversation(language=contact.language)
        try:
            content = await self._system.vault.open(row["sealed"])
            return Conversation.model_validate(content["conversation"])
        except (ValidationError, KeyDestroyedError):
            return Conversation(language=contact.language)

    async def _save(self, job: _Job, turn: Turn | None, said: Data | None) -> None:
        vault, contact_id = self._system.vault, job.contact.contact.id
        state = turn.conversation if turn else None
        sealed_state = None
        if state is not None:
            sealed_state = await vault.seal(job.contact.key, {"conversation": state.model_dump(mode="json")})
        reply = None if said is None else await vault.seal(job.contact.key, said)

        async def body(change: Change) -> Outcome:
            await self._hold(change, job)
            if sealed_state is not None:
                values = {"sealed": sealed_state, "at": change.now, "expires_at": change.now + IDLE}
                await change["conversations"].update_one(
                    {"_id": contact_id}, {"$set": values}, upsert=True, session=change.session
                )
            await change["messages"].update_one(
                {"_id": job.claim},
                {"$set": {"done": True, "sealed": reply, "message": None, "contact": contact_id, "at": change.now}},
                upsert=True,
                session=change.session,
            )
            if said is not None and (job.late or said["transfer"]):  # a handing over cannot say anything itself
                await change.notify("text", job.contact.key, {"contact": contact_id, "text": said["text"]})
                job.pushed = True
            return {}

        await self._system.changes.run(Principal(contact=job.contact.contact), "reply", body)
        if state is not None and state.language != job.contact.language:
            await self._system.contacts.set_language(contact_id, state.language)

    async def _hold(self, change: Change, job: _Job) -> None:
        """Only who holds the lease may save, once, under the contact's present key; else a conflict."""
        query = {"_id": job.contact.contact.id, "locked_by": job.owner, "key": job.contact.key}
        renewed = {"$set": {"locked_until": change.now + LEASE}}
        held = await change["contacts"].update_one(query, renewed, session=change.session)
        row = await change["messages"].find_one({"_id": job.claim}, session=change.session)
        if held.matched_count != 1 or (row is not None and row["done"]):
            raise LeaseLostError

    async def _push(self, job: _Job, text: str) -> None:
        """The answer was saved just before it came too late: send it after all."""

        async def body(change: Change) -> Outcome:
            payload = {"contact": job.contact.contact.id, "text": text}
            await change.notify("text", job.contact.key, payload)
            return {}

        await self._system.changes.run(Principal(contact=job.contact.contact), "push", body)


class Asker:
    """Runs the bot's operations as the person who talks, each mutation once per message."""

    def __init__(self, system: System, contact: KnownContact, claim: str) -> None:
        self._system = system
        self._contact = contact
        self._claim = claim
        self._principal: Principal | None = None
        self._count = 0
        self.changed = False

    async def answer(self, name: str, variables: Data) -> Data:
        """The data of an operation. Raises AskedError."""
        if self._principal is None:
            self._principal = await self._system.citizens.principal_of(self._contact.contact)
        document = operations()[name]
        self._count += 1
        context = self._system.context(self._principal, f"{self._claim}:{self._count}")
        try:
            return await ask(self._system.schema, document, variables, context, name)
        except Refused as refused:
            raise AskedError(refused.code.value, refused.sentence("zh"), refused.sentence("en")) from None
        finally:
            if document.startswith("mutation"):
                self._principal = None
                self.changed = True


def _reply(said: Data) -> Reply:
    return Transfer() if said.get("transfer") else Text(said["text"])


def _window_of(job: _Job) -> str | None:
    """What this message allows us to send afterwards; nothing when a dead process left it behind."""
    if job.late:
        return None
    if job.message.kind != "event":
        return "message"
    return "event" if job.message.event in ("click", "subscribe", "scan") else None


def _log_fault(task: asyncio.Task[Reply | None]) -> None:
    """A late answer that failed stays unfinished, and is resumed by a worker."""
    fault = None if task.cancelled() else task.exception()
    if fault is not None:
        log.error("a late answer failed: %s", type(fault).__name__, exc_info=without_text(fault))
