"""A person's own list of notices and what they choose; the desk's list of what reached no one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import strawberry

from bot.notices import notice, notice_title
from bot.phrases import day, phrase
from schema.types.connection import MAX_PAGE, Connection, Page, connect
from schema.types.enrolment import AccessAction
from schema.types.errors import LocalText, RefusalCode, Refused
from schema.types.notice import (
    Notice,
    NoticeChoices,
    NoticeGroup,
    NoticeKindChoice,
    NoticeTry,
    NoticeWay,
    UndeliveredNotice,
)
from schema.types.principal import Caller, Principal
from schema.types.scalars import Masked
from scoring import identity
from scoring.dated import Text
from server.citizens.model import CitizenRow, NoticeChoicesRow
from server.citizens.repository import CitizenRepository
from server.citizens.service import Citizens, chain_of
from server.notices.appeals import with_last_day
from server.notices.choices import choices_of, is_off
from server.notices.delivery import Delivery
from server.notices.kinds import notice_kinds
from server.notices.model import NoticeRow, Way
from server.notices.repository import NoticeRepository
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Store
from server.platform.kit.clock import SHANGHAI, Clock, day_of
from server.platform.kit.errors import GoneError

BY_HAND = (NoticeWay.LETTER, NoticeWay.CALL, NoticeWay.COUNTER)
_ACTED = {NoticeWay.LETTER: "letter", NoticeWay.CALL: "call_told", NoticeWay.COUNTER: "counter"}
_NOON = timedelta(hours=12)
_HOURS = range(24)


class NoticeService:
    """Implements `schema.api.services.Notices`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        clock: Clock,
        unit_of_work: UnitOfWork,
        citizens: Citizens,
        delivery: Delivery,
    ) -> None:
        self._store = store
        self._notices = NoticeRepository(store)
        self._vault = vault
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._delivery = delivery

    # A person's own

    async def mine(self, actor: Principal, page: Page) -> Connection[Notice]:
        rows = await self._notices.page(actor.id, page.first + 1, _cursor(page))
        shown = rows[: page.first]
        texts = await self._vault.open_each(row["sealed"] for row in shown)
        items = [_view(row, data) for row, data in zip(shown, texts, strict=True)]
        count = partial(self._notices.count, actor.id)
        return connect(items, lambda n: n.cursor_key, page, has_next=len(rows) > page.first, count=count)

    async def mark_read(self, caller: Caller, notices: Sequence[str]) -> None:
        if len(notices) > MAX_PAGE:
            raise Refused(RefusalCode.BAD_INPUT, field="ids", detail=f"ids: 0-{MAX_PAGE}")
        citizen, contact = caller.principal.id, caller.principal.contact
        unread = await self._notices.unread(citizen, notices, None if contact is None else contact.id)
        await self._delivery.read(citizen, unread)

    async def unread(self, actor: Principal) -> int:
        return await self._notices.count_unread(actor.id)

    async def choices(self, actor: Principal) -> NoticeChoices:
        chosen = choices_of(await self._citizens.get(actor.id))
        kinds = [
            NoticeKindChoice(
                kind=name,
                title=_title(name),
                group=NoticeGroup(kind.group),
                required=kind.required is not None,
                why=_why(kind.required),
                on=not is_off(name, kind, chosen),
            )
            for name, kind in notice_kinds().kinds.items()
            if kind.owner == "citizen" and not kind.gathers
        ]
        quiet_from, quiet_until = chosen["quiet"]
        return NoticeChoices(kinds=kinds, quiet_from=quiet_from, quiet_until=quiet_until, digest=chosen["digest"])

    async def choose(self, caller: Caller, off: Sequence[str], quiet: tuple[int, int], *, digest: bool) -> None:
        kinds = notice_kinds().kinds
        unknown = [name for name in off if name not in kinds or kinds[name].required]
        if unknown:
            raise Refused(RefusalCode.BAD_INPUT, field="off", detail=unknown[0][:40])
        if not all(hour in _HOURS for hour in quiet):
            raise Refused(RefusalCode.BAD_INPUT, field="quietFrom", detail="0-23")
        await self._choose(caller, sorted(set(off)), list(quiet), digest)

    @use_case("set_notice_choices")
    async def _choose(self, tx: Transaction, off: list[str], quiet: list[int], digest: bool) -> None:
        await self._citizens.get(tx.actor.id, tx)
        chosen: NoticeChoicesRow = {"off": off, "quiet": quiet, "digest": digest}
        await CitizenRepository(tx).set_notice_choices(tx.actor.id, chosen)
        await tx.audit(chain_of(tx.actor.id), "notices.chosen", {"off": len(off), "digest": digest})

    # The desk

    async def undelivered(self, actor: Principal, page: Page) -> Connection[UndeliveredNotice]:
        now = self._clock()
        rows = await self._notices.not_delivered(now, page.first + 1, _cursor(page))
        shown = rows[: page.first]
        citizens = {row["citizen"] for row in shown}
        if shown:
            await self._log_looks(Caller(actor), sorted(citizens))
        people = {one["_id"]: one for one in await CitizenRepository(self._store).enrolled_among(sorted(citizens))}
        items = [await self._undelivered(row, people.get(row["citizen"])) for row in shown]
        count = partial(self._notices.count_not_delivered, now)
        return connect(items, lambda n: n.cursor_key, page, has_next=len(rows) > page.first, count=count)

    async def mark_told(self, caller: Caller, notice_id: str, by: NoticeWay, on: date) -> None:
        if by not in BY_HAND:
            raise Refused(RefusalCode.BAD_INPUT, field="by", detail=", ".join(way.name for way in BY_HAND))
        row = await self._notices.get(notice_id)
        if row is None or (row["delivered_at"] is None and "desk_at" not in row):
            raise Refused(RefusalCode.NOT_FOUND, field="id")
        iso = on.isoformat()
        if not day_of(row["created_at"]) <= on <= day_of(self._clock()):
            raise Refused(RefusalCode.BAD_INPUT, field="on", detail=Text(zh=day("zh", iso), en=day("en", iso)))
        if not await self._mark_told(caller, notice_id, by.value, on.isoformat()):
            raise Refused(RefusalCode.CONFLICT)
        await self._delivery.follow(await self._notices.get(notice_id) or row)

    @use_case("mark_notice_told")
    async def _mark_told(self, tx: Transaction, notice_id: str, by: str, on: str) -> bool:
        notices = NoticeRepository(tx)
        row = await notices.get(notice_id)
        told_at = datetime.fromisoformat(on).replace(tzinfo=SHANGHAI) + _NOON
        if row is None or await notices.set_delivered(row, Way(by), told_at, told_by=tx.actor.id) is None:
            return False
        await tx.audit(chain_of(row["citizen"]), "notice.told", {"kind": row["kind"], "by": by, "on": on})
        citizen = await CitizenRepository(tx).get(row["citizen"])
        if citizen is not None and citizen["enrolment"] is not None:
            data = {"what": _ACTED[NoticeWay(by)], "kind": row["kind"], "on": on}
            await self._citizens.notify(tx, citizen, "acted_for_you", data, about=notice_id)
        return True

    @use_case("look_at_notices")
    async def _log_looks(self, tx: Transaction, citizens: Sequence[str]) -> None:
        await tx.audit(f"desk:{tx.actor.id}", "notices.listed", {"found": len(citizens)})
        for citizen in citizens:
            await tx.audit(chain_of(citizen), AccessAction.NOTICE_VIEWED.value, look=True)

    async def _undelivered(self, row: NoticeRow, citizen: CitizenRow | None) -> UndeliveredNotice:
        person, data = None, {}
        try:
            data = await self._vault.open(row["sealed"])
            person = None if citizen is None else await self._vault.open(citizen["sealed"])
        except GoneError:  # they leave at this moment
            pass
        since = row.get("desk_at", row["created_at"])
        return UndeliveredNotice(
            cursor_key=f"{since.isoformat()} {row['_id']}",
            id=strawberry.ID(row["_id"]),
            kind=row["kind"],
            title=_title(row["kind"]),
            number=data.get("number"),
            at=row["created_at"],
            since=since,
            masked_name=None if person is None else Masked(identity.mask_name(person["name"])),
            masked_id_number=None if person is None else Masked(identity.mask_id_number(person["id_number"])),
            phone=None if person is None else person["phone"],
            tries=[NoticeTry(way=NoticeWay(one["way"]), at=one["at"], outcome=one["outcome"]) for one in row["tries"]],
        )


def _view(row: NoticeRow, data: dict[str, Any]) -> Notice:
    if row["delivered_at"] is not None:
        data = with_last_day(data, day_of(row["delivered_at"]))
    return Notice(
        cursor_key=f"{row['created_at'].isoformat()} {row['_id']}",
        id=strawberry.ID(row["_id"]),
        kind=row["kind"],
        title=_title(row["kind"]),
        words=LocalText(zh=notice("zh", row["kind"], data), en=notice("en", row["kind"], data)),
        at=row["created_at"],
        delivered_at=row["delivered_at"],
        delivered_by=None if row["way"] is None else NoticeWay(row["way"]),
        read_at=row["read_at"],
    )


def _title(kind: str) -> LocalText:
    return LocalText(zh=notice_title("zh", kind), en=notice_title("en", kind))


def _why(required: str | None) -> LocalText | None:
    if required is None:
        return None
    key = f"notice.required_{required}"
    return LocalText(zh=phrase("zh", key), en=phrase("en", key))


def _cursor(page: Page) -> tuple[datetime, str] | None:
    """Where a page goes on: a moment and an id. Raises Refused (BAD_INPUT)."""
    if page.after is None:
        return None
    moment, _, last = page.after.partition(" ")
    return Page(page.first, moment).moment(), last
