"""What time brings, told once a day: bills that will count soon or count from today, and days that end.

Steps, each over an index, a page at a time. None reads what is sealed before it has to say something.

- *bills*: unpaid notices that were reported in the days on which their grace can end soon (`bills`, a partial index
  of notices by day and id). At a million people with a bill a year that is some 30,000 rows a day. Whom it concerns,
  and what was said already, is asked for a page at once.
- *appeals*: decisions that stand, by the day on which they reached their citizen (partial index of `told_on`).
- *replies*: open cases by the day on which they are due.
- versions of the scheme that take effect soon, each told once (`announcements.py`).
- *repairs*: adverse records by the day on which they occurred (`repair_reminders.py`).
- *closings*: benefits that close soon, of a seventh of the citizens (`closings.py`).

Each notice is raised in a transaction of its own that looks again at its row, and is one by their unique index:
any number of workers may run, and one that stops is taken up at the page that it noted. A step that is done is not done
again that day. Only who takes part and whose score may be computed is told.
"""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

from pydantic import JsonValue

from schema.types.principal import CLOCK, Caller
from schema.types.score import AssessmentCause
from scoring.calendar import add_working_days
from scoring.dated import Dated, Model, value_on
from scoring.deadlines import appeal_days, appeal_until
from scoring.disputes import DisputeState
from server.citizens.consents import computable, may_compute
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.container import Container
from server.disputes.model import DisputeRow
from server.disputes.repository import DisputeRepository
from server.jobs.announcements import Announcements
from server.jobs.closings import Closings
from server.jobs.repair_reminders import RepairReminders
from server.notices.model import NoticeRow
from server.notices.repository import NoticeRepository
from server.platform.core.unit_of_work import Transaction, use_case
from server.platform.db.layout import META
from server.platform.kit.clock import SHANGHAI, day_of
from server.records.model import ACTIVE, RecordRow
from server.records.repository import RecordRepository
from server.records.service import held_records
from server.scores.arrivals import bill_data, counts_from
from server.scores.versions.model import SchemeVersionRow

_FILE = Path(__file__).with_name("reminders.toml")
_PAGE = 200
_LATE_DAYS = 3
"""For so many days it is still told that a record counts, if no worker ran on the first."""
SOON = "soon"
Page = tuple[str, str]
"""The day and the id of the last row of a page."""
Step = Callable[[date, Page | None], Awaitable[tuple[int, Page | None]]]
"""A page after another: how much was looked at, and what to go on after."""


class Parameters(Model):
    """Every figure with the days on which it holds."""

    bill_days: tuple[Dated[int], ...]
    appeal_days: tuple[Dated[int], ...]
    reply_working_days: tuple[Dated[int], ...]
    closing_days: tuple[Dated[int], ...]
    repair_days: tuple[Dated[int], ...]
    scheme_days: tuple[Dated[int], ...]


@cache
def parameters() -> Parameters:
    """The figures that ship with Egret (`reminders.toml`)."""
    return Parameters.model_validate(tomllib.loads(_FILE.read_text("utf-8")))


class Reminders:
    """Finds what has to be told today, and raises it."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._store = container.store
        self._unit_of_work = container.unit_of_work
        self._citizens = container.citizens
        self._soon_closed = Closings(container)
        self._announcements = Announcements(container)
        self._soon_repaired = RepairReminders(container)

    async def daily(self) -> int:
        """What is left of today's round; how much was looked at."""
        today = day_of(self._container.clock())
        await self._store[META].delete_many({"_id": {"$gte": "reminders:", "$lt": f"reminders:{today}"}})
        steps: Sequence[tuple[str, Step]] = (
            ("bills", self._bills),
            ("appeals", self._appeals),
            ("replies", self._replies),
            ("closings", self._closings),
            ("repairs", self._repairs),
        )
        count = sum([await self._step(f"reminders:{today}:{name}", today, step) for name, step in steps])
        return count + await self._versions(today)

    async def _step(self, name: str, today: date, step: Step) -> int:
        """One step from the page that was noted last, to its end."""
        row = await self._store[META].find_one({"_id": name}) or {}
        if row.get("done"):
            return 0
        after = tuple(row["after"]) if row.get("after") else None
        count = 0
        while True:
            told, after = await step(today, after)
            count += told
            values = {"done": after is None, "after": None if after is None else list(after)}
            await self._store[META].update_one({"_id": name}, {"$set": values}, upsert=True)
            if after is None:
                return count

    # Bills

    async def _bills(self, today: date, after: Page | None) -> tuple[int, Page | None]:
        graces = [dated.value for rule in self._container.scheme.rules for dated in rule.grace_days]
        if not graces:
            return 0, None
        first = today - timedelta(days=max(graces) + _LATE_DAYS)
        last = today + timedelta(days=_value(parameters().bill_days, today) - min(graces))
        days = first.isoformat(), min(last, today).isoformat()
        rows = await RecordRepository(self._store).open_bills(*days, _PAGE, after)
        for row, kind in await self._due(today, rows):
            if kind == SOON:
                await self._remind(Caller(CLOCK), row["_id"])
            else:
                await self._count(Caller(CLOCK), row["_id"])
        return len(rows), _page(rows[-1]["reported_on"], rows[-1]["_id"]) if len(rows) == _PAGE else None

    async def _due(self, today: date, rows: Sequence[RecordRow]) -> list[tuple[RecordRow, str]]:
        """Those of a page to tell of, and of what: people and earlier notices are asked for at once."""
        found = [(row, kind) for row in rows if (kind := self._kind(today, row)) is not None]
        about: dict[str, list[str]] = {}
        for row, _ in found:
            about.setdefault(row["citizen"], []).append(row["_id"])
        if not about:
            return []
        computed = computable(self._container.scheme, today)
        people = {c["_id"] for c in await CitizenRepository(self._store).enrolled_among(list(about), computed)}
        told = await NoticeRepository(self._store).raised_about(["bill_due", "record_counts"], about)
        before: dict[str, list[NoticeRow]] = {}
        for notice in told:
            before.setdefault(notice["about"] or "", []).append(notice)
        return [
            (row, kind)
            for row, kind in found
            if row["citizen"] in people and self._is_news(today, row, kind, before.get(row["_id"], []))
        ]

    def _kind(self, today: date, row: RecordRow) -> str | None:
        """Whether a bill counts soon, or since today; None for neither."""
        start = self._start(row)
        if start is None:
            return None
        if today < start <= today + timedelta(days=_value(parameters().bill_days, today)):
            return SOON
        return "counts" if today - timedelta(days=_LATE_DAYS) < start <= today else None

    def _start(self, row: RecordRow) -> date | None:
        days = date.fromisoformat(row["occurred_on"]), date.fromisoformat(row["reported_on"])
        return counts_from(self._container.scheme, row["rule"], *days)

    def _is_news(self, today: date, row: RecordRow, kind: str, told: Sequence[NoticeRow]) -> bool:
        """Whether it was not told before, nor anything of the same bill just now.

        That a record counts since a day before today is told only to who knew of it in its grace: what was reported
        later was told of when it arrived.
        """
        if kind == "counts":
            known = any(notice["kind"] == "bill_due" for notice in told)
            return not any(n["kind"] == "record_counts" for n in told) and (known or self._start(row) == today)
        apart = timedelta(days=_value(parameters().bill_days, today))
        return not any(n["once"] == SOON or today - day_of(n["created_at"]) < apart for n in told)

    @use_case("remind_of_bill")
    async def _remind(self, tx: Transaction, record_id: str) -> None:
        found = await self._bill(tx, record_id)
        if found is None:
            return
        citizen, bill = found
        data: dict[str, JsonValue] = {"bills": [bill], "count": 1, "soon": True}
        await self._citizens.notify(tx, citizen, "bill_due", data, about=record_id, once=SOON)

    @use_case("tell_that_it_counts")
    async def _count(self, tx: Transaction, record_id: str) -> None:
        """Renew the statement with the record and tell of it, unless a change of the score told it today."""
        found = await self._bill(tx, record_id)
        if found is None:
            return
        citizen, bill = found
        if await NoticeRepository(tx).has_since(citizen["_id"], "score_changed", _midnight(tx.today)):
            return
        computed = await self._container.assessor.reassess(tx, citizen, AssessmentCause.DAY)
        if computed is not None:
            data: dict[str, JsonValue] = {"bill": bill, "value": computed.statement.value}
            await self._citizens.notify(tx, citizen, "record_counts", data, about=record_id)

    async def _bill(self, tx: Transaction, record_id: str) -> tuple[CitizenRow, dict[str, JsonValue]] | None:
        """A bill and whose it is; None where it was paid, disputed or ended since, or its citizen is not told."""
        row = await RecordRepository(tx).get(record_id)
        if row is None or row["status"] != ACTIVE or row["cured_on"] is not None or row["disputed"] is not None:
            return None
        citizen = await self._told(tx, row["citizen"])
        if citizen is None or row["rule"] in citizen["declined"]:
            return None
        held = await held_records(tx, self._container.vault, citizen["_id"])
        record = next(one.record for one in held if one.key == record_id)
        return citizen, bill_data(self._container.scheme, record)

    # Disputes

    async def _appeals(self, today: date, after: Page | None) -> tuple[int, Page | None]:
        days = appeal_days(today)
        first = today - timedelta(days=days)
        last = first + timedelta(days=_value(parameters().appeal_days, today))
        disputes = DisputeRepository(self._store)
        rows = await disputes.appealable(first.isoformat(), last.isoformat(), _PAGE, after)
        for row in rows:
            await self._appeal(Caller(CLOCK), row["_id"])
        return len(rows), _page(rows[-1].get("told_on") or "", rows[-1]["_id"]) if len(rows) == _PAGE else None

    @use_case("remind_of_appeal")
    async def _appeal(self, tx: Transaction, dispute_id: str) -> None:
        row = await DisputeRepository(tx).get(dispute_id)
        told_on = None if row is None else row.get("told_on")
        if row is None or row["open"] or row["appealed"] or told_on is None:
            return
        citizen = await self._told(tx, row["citizen"])
        last = appeal_until(date.fromisoformat(told_on))
        if citizen is not None and tx.today <= last:
            data = {"number": row["number"], "last_day": last.isoformat()}
            await self._citizens.notify(tx, citizen, "appeal_ends", data, about=dispute_id, once=told_on)

    async def _replies(self, today: date, after: Page | None) -> tuple[int, Page | None]:
        last = add_working_days(today, _value(parameters().reply_working_days, today))
        disputes = DisputeRepository(self._store)
        rows = await disputes.awaiting_citizen(today.isoformat(), last.isoformat(), _PAGE, after)
        for row in rows:
            await self._reply(Caller(CLOCK), row["_id"])
        return len(rows), _page(rows[-1]["due_on"], rows[-1]["_id"]) if len(rows) == _PAGE else None

    @use_case("remind_of_reply")
    async def _reply(self, tx: Transaction, dispute_id: str) -> None:
        row = await DisputeRepository(tx).get(dispute_id)
        if row is None or row["state"] != DisputeState.AWAITING_CITIZEN.value:
            return
        citizen = await self._told(tx, row["citizen"])
        if citizen is not None:
            step = str(row["question_event"])
            data = {"number": row["number"], "question": await self._question(row), "due": row["due_on"]}
            await self._citizens.notify(tx, citizen, "reply_ends", data, about=dispute_id, once=step)

    async def _closings(self, today: date, after: Page | None) -> tuple[int, Page | None]:
        days = _value(parameters().closing_days, today)
        looked_at, last = await self._soon_closed.page(today, days, None if after is None else after[1])
        return looked_at, None if last is None else _page("", last)

    async def _versions(self, today: date) -> int:
        last = today + timedelta(days=_value(parameters().scheme_days, today))
        found = await self._announcements.ahead(today, last)
        return sum([await self._step(f"reminders:version:{v['_id']}", today, self._announcing(v)) for v in found])

    def _announcing(self, version: SchemeVersionRow) -> Step:
        async def announce(today: date, after: Page | None) -> tuple[int, Page | None]:
            told, last = await self._announcements.page(version, today, None if after is None else after[1])
            return told, None if last is None else _page("", last)

        return announce

    async def _question(self, row: DisputeRow) -> str:
        texts = (await self._container.vault.open(row["sealed"]))["texts"]
        return str(texts.get(str(row["question_event"]), ""))

    async def _repairs(self, today: date, after: Page | None) -> tuple[int, Page | None]:
        last = today + timedelta(days=_value(parameters().repair_days, today))
        return await self._soon_repaired.page(today, last, after)

    async def _told(self, tx: Transaction, citizen_id: str) -> CitizenRow | None:
        """Who takes part and whose score may be computed."""
        citizen = await CitizenRepository(tx).get(citizen_id)
        if citizen is None or citizen["enrolment"] is None:
            return None
        return citizen if may_compute(citizen, self._container.scheme, tx.today) else None


def _page(day: str, row_id: str) -> Page:
    return day, row_id


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _value(values: tuple[Dated[int], ...], on: date) -> int:
    found = value_on(values, on)
    if found is None:
        raise LookupError(f"no figure is in force on {on}")
    return found.value
