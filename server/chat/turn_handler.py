"""One turn of a conversation: who talks, the dialog's step, and all that came of it saved in one write.

The channel has claimed the message and locked its person before, and renews the lock meanwhile.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from pydantic import ValidationError

from bot.dialogs import engine
from bot.dialogs.flow import Conversation, Data
from bot.dialogs.flows import FLOWS
from bot.dialogs.turn import Turn
from bot.phrases import phrase
from bot.wechat.messages import Message
from bot.wechat.replies import Reply, Text, Transfer
from schema.engine.execution import without_text
from schema.types.principal import Caller, Contact, Principal
from server.api.answer_cache import AnswerCache
from server.api.client import GraphQLClient
from server.chat.card_replies import CardReplies
from server.chat.conversations import IDLE, REST, Conversations, MessageClaim
from server.citizens.contacts import KnownContact
from server.container import Container
from server.platform.core.unit_of_work import Transaction, use_case
from server.platform.crypto.vault import KeyDestroyedError
from server.platform.db import Document, Sealed
from server.platform.kit.errors import GoneError
from server.platform.observability import metrics
from server.platform.observability.traces import TRACES

log = logging.getLogger("egret.channel")
ENDINGS = ("unsubscribe", "user_authorization_cancellation")
"""After these the platform's account is no contact any more; all that it gave us is purged."""
_FOLLOWING = ("subscribe", *ENDINGS)
"""Events that come late or twice: one that is older than what its person did since says nothing."""


class LockLostError(GoneError):
    """Another process took over this message's person; it will answer."""


@dataclass(slots=True)
class Inflight:
    """A message being worked on; `late` once WeChat got `success` instead of a reply."""

    message: Message
    at: MessageClaim
    contact: KnownContact | None = None
    late: bool = False
    pushed: bool = False
    kept: bool = False
    text: str | None = None


class TurnHandler:
    """Takes turns, one message each."""

    def __init__(
        self, container: Container, conversations: Conversations, answers: AnswerCache, pictures: CardReplies
    ) -> None:
        self._container = container
        self._unit_of_work = container.unit_of_work
        self._conversations = conversations
        self._answers = answers
        self._pictures = pictures

    async def take(self, inflight: Inflight, row: Document) -> Reply | None:
        """The reply, saved with the dialog's new state; None where there is nothing to say. Raises LockLostError."""
        if _is_old(inflight.message, row):
            await self._conversations.drop(inflight.at.contact, inflight.at.claim)
            await self._conversations.unlock(inflight.at)
            return None
        contact = inflight.contact = await self._know(inflight, row)
        if inflight.message.event in ENDINGS:
            principal = await self._container.citizens.principal_of(contact.contact)
            await self._container.enrolments.unfollow(principal)
            return None
        paused = "state_at" in row and row["state_at"] < self._container.clock() - IDLE
        conversation = await self._load(contact, row, paused=paused)
        token = conversation.token or inflight.at.claim.hex()
        client = GraphQLClient(
            self._container, self._answers, contact.contact, token, row.get("citizen"), row.get("standing")
        )
        linked = row.get("citizen") is not None
        turn = await self._turn(inflight.message, conversation, client, paused=paused, linked=linked)
        said = None if turn is None or turn.text is None else self._said(inflight, contact, turn, turn.text)
        await self._keep(inflight, contact, client, turn, said)
        if said is None:
            return None
        inflight.text = said["text"]
        return self._reply(said)

    async def stored_reply(self, inflight: Inflight) -> Reply | None:
        """What was answered to this message before, if anything was."""
        entry = await self._conversations.entry(inflight.at)
        if entry is None or entry.get("reply") is None:
            return None
        said = (await self._container.vault.open(entry["reply"]))["said"]
        return None if said is None else self._reply(said)

    async def _know(self, inflight: Inflight, row: Document) -> KnownContact:
        """The contact as it is now, from its conversation; what waited for a sign of it may be sent."""
        if row.get("key") is None:
            contact = await self._container.contacts.enter("wechat", inflight.message.sender)
        else:
            contact = KnownContact(Contact("wechat", inflight.at.contact), row["key"], row.get("language", "zh"))
        if row.get("key") is None or row.get("waited_for"):
            await self._container.outbox.release(contact.contact.id)
        return contact

    def _said(self, inflight: Inflight, contact: KnownContact, turn: Turn, text: str) -> Data:
        """What is kept of a reply. Only a message can be handed over to a person, never an event."""
        staffed = self._container.settings.wechat_customer_service
        said: Data = {"text": text, "transfer": turn.wants_person and staffed and inflight.message.kind != "event"}
        if turn.menu is not None and self._container.settings.wechat_menus and not said["transfer"]:
            said["menu"] = turn.menu._asdict()
        if turn.picture is not None:
            said["picture"] = self._pictures.address(turn.picture, contact.contact, turn.conversation.language)
            said["page"] = turn.page
        return said

    def _reply(self, said: Data) -> Reply | None:
        if "menu" in said:  # only a customer-service message can be one
            return None
        if said.get("transfer"):
            return Transfer()
        if not said.get("picture"):
            return Text(said["text"])
        return self._pictures.news(said["text"], said["picture"], said.get("page", ""))

    async def _turn(
        self, message: Message, conversation: Conversation, client: GraphQLClient, *, paused: bool, linked: bool
    ) -> Turn | None:
        """What the dialog says; where it fails, that something did and that nothing is lost."""
        try:
            with TRACES.span(f"dialog {dialog_of(conversation)}"):
                turn = await self._step(message, conversation, client, paused=paused, linked=linked)
            metrics.of(metrics.DIALOG_TURNS, *_outcome(conversation, turn)).inc()
        except Exception as error:
            metrics.DIALOG_TURNS.labels(dialog_of(conversation), "fault").inc()
            log.error("a turn failed: %s", type(error).__name__, exc_info=without_text(error))
            return Turn(phrase(conversation.language, "home.fault"), conversation)
        return turn

    async def _step(
        self, message: Message, conversation: Conversation, client: GraphQLClient, *, paused: bool, linked: bool
    ) -> Turn | None:
        if message.event in ("subscribe", "scan"):
            new = message.event == "subscribe"
            return await engine.welcome(conversation, client.answer, message.scene, new=new)
        if message.event == "kf_close_session":
            return engine.person_gone(conversation)
        if message.event == "click":
            return await engine.tap(conversation, message.event_key, client.answer)
        photo = message.media_id if message.kind == "image" else None
        staffed, scheme = self._container.settings.wechat_customer_service, self._container.scheme
        return await engine.take_turn(
            conversation,
            message.text,
            client.answer,
            photo,
            staffed=staffed,
            paused=paused,
            spoken=message.is_spoken,
            linked=linked,
            entry=message.menu_entry,
            called=(scheme.name.zh, scheme.name.en, *scheme.city.called),
        )

    async def _load(self, contact: KnownContact, row: Document, *, paused: bool) -> Conversation:
        """What was kept; `paused` is whether that was so long ago that its person may have forgotten it."""
        fresh = Conversation(language=contact.language)
        if "sealed" not in row or row["state_at"] < self._container.clock() - REST:
            return fresh
        try:
            content = await self._container.vault.open(row["sealed"])
            kept = Conversation.model_validate(content["conversation"])
        except (ValidationError, KeyDestroyedError):
            return fresh
        return fresh if paused and not rests(kept) else kept

    async def _keep(
        self, inflight: Inflight, contact: KnownContact, client: GraphQLClient, turn: Turn | None, said: Data | None
    ) -> None:
        """Save, also where the message itself had the chat emptied. Raises LockLostError."""
        if await self._save(inflight, contact, client.citizen, turn, said):
            return
        entered = await self._container.contacts.enter("wechat", inflight.message.sender)
        if entered.key != contact.key:
            inflight.contact = entered
            if client.changed and await self._save(inflight, entered, None, turn, said):
                return
            await self._conversations.renew_key(contact.contact.id, contact.key, entered.key)
        raise LockLostError

    async def _save(
        self, inflight: Inflight, contact: KnownContact, citizen: str | None, turn: Turn | None, said: Data | None
    ) -> bool:
        """One write; what has to be pushed goes into the outbox with it. False where the lock or the key were lost."""
        try:
            state, reply = await self._sealed(contact, citizen, turn, said)
        except KeyDestroyedError:
            return False
        if said is None or not (inflight.late or said["transfer"] or "menu" in said):
            saved = await self._conversations.save(inflight.at, state, reply)
        else:  # a handing over cannot say anything itself, and no passive reply has anything to tap
            saved = await self._save_and_push(inflight, contact, said, state, None if inflight.late else reply)
            inflight.pushed = saved
        if saved and state["language"] != contact.language:
            await self._container.contacts.set_language(contact.contact.id, state["language"])
        return saved

    async def _sealed(
        self, contact: KnownContact, citizen: str | None, turn: Turn | None, said: Data | None
    ) -> tuple[Document, Sealed | None]:
        """The conversation as it is now, and what was answered."""
        state: Document = {"key": contact.key, "language": contact.language, "waited_for": False, "citizen": citizen}
        if turn is None:
            return state, None
        conversation = {"conversation": turn.conversation.model_dump(mode="json", exclude_defaults=True)}
        sealer = await self._container.vault.sealer(contact.key)
        state["sealed"] = sealer.seal(conversation)
        state["language"] = turn.conversation.language
        state["rests"] = rests(turn.conversation)
        return state, sealer.seal({"said": said})

    async def _save_and_push(
        self, inflight: Inflight, contact: KnownContact, said: Data, state: Document, reply: Sealed | None
    ) -> bool:
        try:
            await self._reply_and_push(_caller(contact), inflight.at, contact, said, state, reply)
        except LockLostError:
            return False
        return True

    @use_case("reply")
    async def _reply_and_push(
        self,
        tx: Transaction,
        at: MessageClaim,
        contact: KnownContact,
        said: Data,
        state: Document,
        reply: Sealed | None,
    ) -> None:
        if not await self._conversations.save(at, state, reply, tx):
            raise LockLostError
        await _send(tx, contact, said["text"], said.get("menu"))

    async def push(self, contact: KnownContact, text: str) -> None:
        """The answer was saved just before it came too late: send it after all."""
        await self._push(_caller(contact), contact, text)

    @use_case("push")
    async def _push(self, tx: Transaction, contact: KnownContact, text: str) -> None:
        await _send(tx, contact, text)


def _is_old(message: Message, row: Document) -> bool:
    """Whether it was sent before its person left, or tells of following what something newer has overtaken."""
    newest: int = row.get("newest", 0)
    left: int = row.get("left", 0)
    return message.created < (newest if message.event in _FOLLOWING else left)


def _caller(contact: KnownContact) -> Caller:
    return Caller(Principal(contact=contact.contact))


async def _send(tx: Transaction, contact: KnownContact, text: str, menu: Data | None = None) -> None:
    payload: Data = {"contact": contact.contact.id, "text": text}
    await tx.notify("text", contact.key, payload if menu is None else {**payload, "menu": menu})


def dialog_of(conversation: Conversation) -> str:
    """The name of the flow that a conversation is in."""
    return conversation.flow if conversation.flow in FLOWS else "none"


def rests(conversation: Conversation) -> bool:
    """Whether it is in a flow that is kept where its person falls silent."""
    flow = FLOWS.get(conversation.flow or "")
    return flow is not None and flow.rests


def _outcome(before: Conversation, turn: Turn | None) -> tuple[str, str]:
    """The dialog that a turn belongs to, and what became of it."""
    if turn is None:
        return dialog_of(before), "silent"
    after = turn.conversation
    dialog = dialog_of(before) if after.flow is None else dialog_of(after)
    if after.failures:
        return dialog, "not_understood"
    return dialog, "ended" if after.flow is None else "goes_on"
