"""Delivers what stands in the outbox: notices by the first way that is open, and what is no notice by its own way.

A notice goes by customer-service message, template or subscription message, message of the mini-program, and, where its
kind says so, text message; then the desk has it on its list. A way that is closed leads on to the next; a platform
that is busy, or a quota that is used up, is waited for.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime

from bot.dialogs.choices import read_menu
from bot.notices import notice, notice_title, sms_code, sms_notice, sms_waiting
from bot.phrases import phrase
from server.citizens.contacts import Contacts, KnownContact
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.notices.appeals import with_last_day
from server.notices.backlog import Backlog
from server.notices.choices import choices_of, held_until, is_off
from server.notices.kinds import NoticeKind, kind_of, notice_kinds, wait_on
from server.notices.model import NoticeRow, NoticeState, Way
from server.notices.quotas import UsedUpError
from server.notices.repository import NoticeRepository
from server.notices.ways import Closed, Sent, Ways
from server.notices.writer import NOTICE
from server.platform.core.outbox import UndeliverableError, WaitingError
from server.platform.crypto.vault import Vault
from server.platform.db import Document, Store
from server.platform.kit.clock import Clock, day_of

log = logging.getLogger("egret.outbox")
_GATHERED = [name for name, kind in notice_kinds().kinds.items() if kind.may_wait and not kind.gathers]
Told = Callable[[NoticeRow, date | None], Awaitable[None]]
"""What is done when a notice has reached its person, with the day; None where it turned out that it had not."""


class Delivery:
    """Sends outbox rows by their kind: notices, `account` notices to whoever has one, late `text` replies, `sms`.

    `told` has by kind of notice what follows from its being delivered.
    """

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        clock: Clock,
        contacts: Contacts,
        ways: Ways,
        told: Mapping[str, Told],
    ) -> None:
        self._store = store
        self._notices = NoticeRepository(store)
        self._latest = NoticeRepository(store.latest)
        self._vault = vault
        self._clock = clock
        self._contacts = contacts
        self.ways = ways
        self._backlog = Backlog(store, ways)
        self._told = told

    async def deliver(self, kind: str, payload: Document, row_id: str) -> None:
        """Send one row. Raises UndeliverableError where another try cannot help, WaitingError where it has to wait."""
        if kind == NOTICE:
            try:
                await self._notice(payload["citizen"], payload["notice"])
            except UsedUpError as used_up:
                if used_up.of_the_day:
                    await self._backlog.put_off(used_up)
                raise
        elif kind == "sms":
            text = sms_notice(payload["notice"]) if "notice" in payload else sms_code(payload["code"])
            _raise(await self.ways.sms(payload["phone"], text), None)
        else:
            await self._contact(kind, payload, row_id)

    async def lost(self, way: str, message_id: str, row_id: str) -> None:
        """The platform says that it did not deliver a message after all; the notice that it carried is open again."""
        known = await self._row(row_id)
        if known is None:
            return
        sent_as = f"{way}:{message_id}"
        for row in await self._notices.set_lost(known, sent_as, self._clock(), _desk_at(known)):
            await self._follow(row, None)

    async def read(self, citizen_id: str, notices: Sequence[NoticeRow]) -> None:
        """A citizen has read notices: what had not been delivered is so by that."""
        if not notices:
            return
        now = self._clock()
        await self._notices.set_read(citizen_id, [row["_id"] for row in notices], now)
        for row in notices:
            await self._follow(row, day_of(row["delivered_at"] or now))

    async def follow(self, row: NoticeRow) -> None:
        """Do what follows from a notice that is delivered."""
        if row["delivered_at"] is not None:
            await self._follow(row, day_of(row["delivered_at"]))

    async def told(self, notice: NoticeRow, way: Way, *, sent_as: str | None = None) -> None:
        """A notice has reached its person by a way, if it had not before."""
        now = self._clock()
        row = await self._notices.set_delivered(notice, way, now, sent_as)
        if row is not None:
            await self._follow(row, day_of(now))

    # Notices

    async def _notice(self, citizen_id: str, notice_id: str) -> None:
        row = await self._row(notice_id, citizen_id)
        if row is None:
            return  # its citizen has left
        if row["delivered_at"] is not None:
            await self._follow(row, day_of(row["delivered_at"]))  # its worker may have died before it did
            return
        citizen = await self._citizen(row["citizen"])
        kind = kind_of(row["kind"])
        chosen = choices_of(citizen)
        if is_off(row["kind"], kind, chosen):
            await self._notices.end(row, NoticeState.KEPT, None)
            return
        until = held_until(kind, chosen, row["created_at"], self._clock())
        if until is not None:
            raise WaitingError(None, until - self._clock())
        if chosen["digest"] and kind.may_wait:
            await self._digest(row, citizen)
            return
        data = with_last_day(await self._vault.open(row["sealed"]), day_of(self._clock()))
        found = await self._by_wechat(row, citizen, row["kind"], data)
        if not isinstance(found, Sent):
            found = await self._otherwise(row, kind, citizen, found)
        await self.told(row, found.way, sent_as=found.sent_as)

    async def _row(self, notice_id: str, citizen_id: str | None = None) -> NoticeRow | None:
        """A notice; None where its citizen has left."""
        return await self._notices.get(notice_id, citizen_id) or await self._latest.get(notice_id, citizen_id)

    async def _citizen(self, citizen_id: str) -> CitizenRow:
        """Who is told. Raises UndeliverableError where they take part no more."""
        for rows in (self._store, self._store.latest):
            citizen = await CitizenRepository(rows).get(citizen_id)
            if citizen is not None and citizen["enrolment"] is not None:
                return citizen
        raise UndeliverableError

    async def _digest(self, row: NoticeRow, citizen: CitizenRow) -> None:
        """One message for all that waits; who is first carries the others."""
        carried = await self._notices.gather(row, _GATHERED)
        if not any(one["_id"] == row["_id"] for one in carried):
            return  # the message of another carries it
        kind, data = row["kind"], await self._vault.open(row["sealed"])
        if len(carried) > 1:
            kind, data = "digest", {"kinds": Counter(one["kind"] for one in carried).most_common()}
        found = await self._by_wechat(row, citizen, kind, data)
        if not isinstance(found, Sent):
            found = await self._otherwise(row, kind_of(row["kind"]), citizen, found)
        await self._notices.set_all_delivered(row, found.way, self._clock(), found.sent_as)

    async def _by_wechat(self, row: NoticeRow, citizen: CitizenRow, kind: str, data: Document) -> Sent | list[Closed]:
        """By the first way that is open, of any account of the citizen's; else why each is closed."""
        closed: list[Closed] = []
        page = kind_of(kind).page_of(row["about"] if kind == row["kind"] else None)
        bound = [one for one in citizen.get("contacts", []) if one["hash"] != row.get("without")]
        for channel, send in (("wechat", self._by_account), ("mini", self._by_mini_program)):
            for one in bound:
                if one["channel"] != channel:
                    continue
                found = await send(row["_id"], one["hash"], kind, data, page)
                if isinstance(found, Sent):
                    return found
                for why in found:
                    await self._notices.add_try(row, why.way, self._clock(), why.why)
                closed += found
        return closed

    async def _by_account(
        self, row_id: str, contact_id: str, kind: str, data: Document, page: str
    ) -> Sent | list[Closed]:
        known = await self._contacts.addressed(contact_id)
        if known is None:
            return []
        contact, openid = known
        return await self._by_chat(contact, openid, kind, data, row_id, page)

    async def _by_chat(
        self, contact: KnownContact, openid: str, kind: str, data: Document, row_id: str, page: str
    ) -> Sent | list[Closed]:
        text = notice(contact.language, kind, data)
        may_wait = kind_of(kind).may_wait
        told = self._with_link(contact.language, kind, text, page)
        found = await self.ways.chat(contact.contact.id, openid, told, row_id, may_wait=may_wait)
        if isinstance(found, Sent):
            return found
        filled = self.ways.templates.filled(kind, notice_title(contact.language, kind), text, data)
        if filled is None:
            return [found]
        failed = await self.ways.outbox.failed_ways(row_id)
        other = await self.ways.template(
            contact.contact.id, openid, filled, row_id, failed, page=page, may_wait=may_wait
        )
        return other if isinstance(other, Sent) else [found, other]

    def _with_link(self, language: str, kind: str, text: str, page: str) -> str:
        """With the page of the thing itself, which asks who opens it; a template has it behind its tap."""
        if not kind_of(kind).page:
            return text
        return f"{text}\n{phrase(language, 'notice.open', url=self.ways.settings.base_url + page)}"

    async def _by_mini_program(
        self, _row_id: str, contact_id: str, kind: str, data: Document, _page: str
    ) -> Sent | list[Closed]:
        known = await self._contacts.addressed(contact_id)
        if known is None:
            return []
        contact, openid = known
        title, text = notice_title(contact.language, kind), notice(contact.language, kind, data)
        filled = self.ways.mini_templates.filled(kind, title, text, data)
        found = await self.ways.mini(openid, filled)
        return found if isinstance(found, Sent) else [found]

    async def _otherwise(self, row: NoticeRow, kind: NoticeKind, citizen: CitizenRow, closed: list[Closed]) -> Sent:
        """Wait for the person to write, while that may help; then by text message, and at last by the desk."""
        now = self._clock()
        patient = not kind.then or (kind.patient and now < row["created_at"] + wait_on(day_of(row["created_at"])))
        waits = next((one for one in closed if one.until_written or not (kind.then or one.for_good)), None)
        if patient and waits is not None:
            raise WaitingError(_first_chat(citizen)) from waits.error
        why = closed[-1] if closed else None
        if "sms" in kind.then:
            phone = (await self._vault.open(citizen["sealed"]))["phone"]
            page = f"{self.ways.settings.base_url}{kind.page_of(row['about'])}"
            found = await self.ways.sms(phone, sms_waiting(row["kind"], page))
            if isinstance(found, Sent):
                return found
            await self._notices.add_try(row, found.way, now, found.why)
            why = found
        at_the_desk = "desk" in kind.then
        await self._notices.end(row, _ended(kind), now if at_the_desk else None)
        raise UndeliverableError(_last_word(why, at_the_desk=at_the_desk)) from (why.error if why else None)

    async def _follow(self, row: NoticeRow, day: date | None) -> None:
        told = self._told.get(row["kind"])
        if told is not None:
            await told(row, day)

    # What is no notice of a citizen

    async def _contact(self, kind: str, payload: Document, row_id: str) -> None:
        known = await self._contacts.addressed(payload["contact"])
        if known is None:
            raise UndeliverableError
        contact, openid = known
        if kind == "text":
            menu = read_menu(payload.get("menu"))
            found = await self.ways.chat(payload["contact"], openid, payload["text"], row_id, menu=menu)
            _raise(found, payload["contact"])
            return
        page = kind_of(payload["notice"]).page_of(None)
        sent = await self._by_chat(contact, openid, payload["notice"], payload["data"], row_id, page)
        if not isinstance(sent, Sent):
            _raise(next((one for one in sent if not one.for_good), sent[-1]), payload["contact"])


def _raise(found: Sent | Closed, contact: str | None) -> None:
    """Raise what the outbox does with a way that is closed."""
    if isinstance(found, Sent):
        return
    if not found.for_good:
        raise WaitingError(contact) from found.error
    raise UndeliverableError(found.why) from found.error


def _first_chat(citizen: CitizenRow) -> str | None:
    return next((one["hash"] for one in citizen.get("contacts", []) if one["channel"] == "wechat"), None)


def _ended(kind: NoticeKind) -> NoticeState:
    return NoticeState.CLOSED if kind.then else NoticeState.KEPT


def _last_word(why: Closed | None, *, at_the_desk: bool) -> str:
    """What the log says of a notice that no way is left for."""
    reason = "no account is bound" if why is None else why.why
    return f"{reason}; it is on the desk's list" if at_the_desk else reason


def _desk_at(row: NoticeRow) -> datetime | None:
    if "desk" not in kind_of(row["kind"]).then:
        return None
    return row["created_at"] + 2 * wait_on(day_of(row["created_at"]))
