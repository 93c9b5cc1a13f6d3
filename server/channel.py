"""The chat channel: each message once, answered on time, its dialog never raced.

A message's key is claimed before any work. The reply, the dialog's new state and the
claim are saved in one transaction; a retry gets the stored reply. What takes longer
than WeChat waits is answered `success` and follows as a customer-service message.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from bot.dialogs import engine
from bot.dialogs.engine import Turn
from bot.dialogs.flow import AskedError, Conversation, Data
from bot.operations import operations
from bot.phrases import phrase
from bot.wechat.messages import Message
from schema.errors import Refused
from schema.execution import ask, without_text
from schema.principal import Principal
from server.changes import Change, Outcome
from server.contacts import KnownContact
from server.mongo import Document, DuplicateError
from server.system import System

log = logging.getLogger("egret.channel")

ANSWER_SECONDS = 4.0
IDLE = timedelta(minutes=30)
KEPT = timedelta(days=30)
RECLAIM = timedelta(seconds=20)
_RACES = 5


class ConversationMovedError(Exception):
    """Another message of the same person was answered in between."""


@dataclass(slots=True)
class _Job:
    """A message being worked on; `late` once WeChat got `success` instead of a reply."""

    message: Message
    contact: KnownContact
    claim: str
    late: bool = False
    pushed: bool = False


class Channel:
    """Answers the messages of one public account."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._running: set[asyncio.Task[str | None]] = set()

    async def receive(self, message: Message) -> str | None:
        """The reply's text; None where there is nothing to say, or it follows by push."""
        contact = await self._system.contacts.enter("wechat", message.sender)
        claim = self._system.vault.blind_text("message", message.key)
        stored = await self._claim(claim, contact)
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
        return None

    async def drain(self) -> None:
        """Wait for messages that are being worked on, before the process ends."""
        if self._running:
            await asyncio.wait(self._running, timeout=10)

    async def _claim(self, claim: str, contact: KnownContact) -> Document | None:
        """None when this process now owns the message, else what is stored of it."""
        now = self._system.clock()
        row = {"_id": claim, "contact": contact.contact.id, "at": now, "sealed": None, "done": False}
        try:
            await self._system.store["messages"].insert_one(row)
            return None
        except DuplicateError:
            pass
        reclaimed = await self._system.store["messages"].find_one_and_update(
            {"_id": claim, "done": False, "at": {"$lt": now - RECLAIM}}, {"$set": {"at": now}}
        )
        if reclaimed is not None:
            return None
        return await self._system.store["messages"].find_one({"_id": claim}) or {"done": True, "sealed": None}

    async def _stored_reply(self, stored: Document, contact: KnownContact) -> str | None:
        """A retry's answer: the stored reply, waited for if it is still being made."""
        deadline = asyncio.get_running_loop().time() + ANSWER_SECONDS
        row: Document | None = stored
        while row is not None and not row["done"] and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.1)
            row = await self._system.store["messages"].find_one({"_id": stored["_id"]})
        if row is None or row.get("sealed") is None:
            return None
        text: str = (await self._system.vault.open(row["sealed"]))["text"]
        return text

    async def _work(self, job: _Job) -> str | None:
        if job.message.event == "unsubscribe":
            principal = await self._system.citizens.principal_of(job.contact.contact)
            await self._system.enrolments.unfollow(principal)
            return None
        for _ in range(_RACES):
            try:
                return await self._answer(job)
            except ConversationMovedError:
                job.contact = await self._system.contacts.enter("wechat", job.message.sender)
        raise ConversationMovedError

    async def _answer(self, job: _Job) -> str | None:
        revision, conversation = await self._load(job.contact)
        asker = Asker(self._system, job.contact, job.claim)
        try:
            turn = await self._turn(job.message, conversation, asker)
        except Exception as error:
            log.error("a turn failed: %s", type(error).__name__, exc_info=without_text(error))
            turn = Turn([phrase(conversation.language, "home.fault")], conversation)
        if asker.changed:
            job.contact = await self._system.contacts.enter("wechat", job.message.sender)
            revision = revision if await self._has_conversation(job.contact) else 0
        text = turn.texts[0] if turn and turn.texts else None
        await self._save(job, revision, turn, text)
        if job.late and not job.pushed and text is not None:
            await self._push(job, text)
        return text

    async def _turn(self, message: Message, conversation: Conversation, asker: Asker) -> Turn | None:
        if message.event == "subscribe":
            return await engine.welcome(conversation, asker.answer)
        if message.event == "click":
            return await engine.tap(conversation, message.event_key, asker.answer)
        if message.kind == "event":
            return None
        return await engine.take_turn(conversation, message.text, asker.answer)

    async def _load(self, contact: KnownContact) -> tuple[int, Conversation]:
        row = await self._system.store["conversations"].find_one({"_id": contact.contact.id})
        if row is None:
            return 0, Conversation(language=contact.language)
        content = await self._system.vault.open(row["sealed"])
        conversation = Conversation.model_validate(content["conversation"])
        if row["at"] < self._system.clock() - IDLE:
            conversation = Conversation(language=conversation.language)
        return row["revision"], conversation

    async def _save(self, job: _Job, revision: int, turn: Turn | None, text: str | None) -> None:
        vault, contact_id = self._system.vault, job.contact.contact.id
        state = turn.conversation if turn else None
        sealed_state = None
        if state is not None:
            content = {"conversation": state.model_dump(mode="json")}
            sealed_state = await vault.seal(job.contact.key, content)
        reply = None if text is None else await vault.seal(job.contact.key, {"text": text})

        async def body(change: Change) -> Outcome:
            if sealed_state is not None:
                await self._put_conversation(change, contact_id, revision, sealed_state)
            await change["messages"].update_one(
                {"_id": job.claim},
                {"$set": {"done": True, "sealed": reply, "contact": contact_id, "at": change.now}},
                upsert=True,
                session=change.session,
            )
            if job.late and text is not None:
                await change.notify("text", job.contact.key, {"contact": contact_id, "text": text})
                job.pushed = True
            return {}

        await self._system.changes.run(Principal(contact=job.contact.contact), "reply", body)
        if state is not None and state.language != job.contact.language:
            await self._system.contacts.set_language(contact_id, state.language)

    async def _push(self, job: _Job, text: str) -> None:
        """The answer was saved just before it came too late: send it after all."""

        async def body(change: Change) -> Outcome:
            payload = {"contact": job.contact.contact.id, "text": text}
            await change.notify("text", job.contact.key, payload)
            return {}

        await self._system.changes.run(Principal(contact=job.contact.contact), "push", body)

    async def _has_conversation(self, contact: KnownContact) -> bool:
        query = {"_id": contact.contact.id}
        return await self._system.store["conversations"].find_one(query, {"_id": 1}) is not None

    async def _put_conversation(self, change: Change, contact_id: str, revision: int, sealed: object) -> None:
        values = {"sealed": sealed, "at": change.now, "expires_at": change.now + KEPT}
        if revision == 0:
            row = {"_id": contact_id, "revision": 1, **values}
            try:
                await change["conversations"].insert_one(row, session=change.session)
            except DuplicateError:
                raise ConversationMovedError from None
            return
        moved = await change["conversations"].update_one(
            {"_id": contact_id, "revision": revision},
            {"$set": values, "$inc": {"revision": 1}},
            session=change.session,
        )
        if moved.modified_count != 1:
            raise ConversationMovedError


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
