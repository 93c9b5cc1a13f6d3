"""How often what was raised reached its person, by kind of notice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

from bot.notices import notice
from server.container import Container
from server.notices.appeals import with_last_day
from server.notices.model import NoticeState
from server.platform.kit.clock import day_of
from server.web.simulator import Platform
from tests.faults.raisers import RAISERS
from tests.faults.raising import Raising, Someone


@dataclass(frozen=True)
class Raised:
    """One notice that was raised: of a citizen or of an account, and the account in the chat that it goes to."""

    kind: str
    citizen: str | None
    contact: str


@dataclass
class Counted:
    """Of a kind: how many were raised, sent once, still wait for their person, were lost, and came twice.

    `faults` has what is known of those that were lost or came twice.
    """

    raised: int = 0
    sent: int = 0
    waiting: int = 0
    lost: int = 0
    twice: int = 0
    faults: list[str] = field(default_factory=list)


async def raised_by(raising: Raising, kind: str) -> Raised:
    """Let a kind's raiser work."""
    whose = await RAISERS[kind](raising)
    if isinstance(whose, Someone):
        return Raised(kind, whose.principal.id, whose.contact.id)
    return Raised(kind, None, whose.id)


async def by_kind(container: Container, platform: Platform, raised: Sequence[Raised]) -> dict[str, Counted]:
    """What became of each."""
    found: dict[str, Counted] = {}
    for one in raised:
        counted = found.setdefault(one.kind, Counted())
        counted.raised += 1
        became = await _became(container, platform, one)
        setattr(counted, became, getattr(counted, became) + 1)
        if became in ("lost", "twice"):
            counted.faults.append(f"{became}: {await _known_of(container, one)}")
    return found


async def _known_of(container: Container, one: Raised) -> list[object]:
    """What the database says of the notices of its citizen."""
    rows = await container.store["notices"].find({"citizen": one.citizen}, {"sealed": 0, "citizen": 0}).to_list(None)
    return [{name: str(value) for name, value in row.items()} for row in rows]


async def _became(container: Container, platform: Platform, one: Raised) -> str:
    account = await container.contacts.addressed(one.contact)
    arrived = [] if account is None else [str(item["text"]) for item in platform.phone(account[1]).arrived]
    if one.citizen is None:
        return _of_account(one.kind, await _rows_of_account(container, one), arrived)
    if one.kind == "digest":
        return await _of_digest(container, one.citizen, arrived)
    query = {"citizen": one.citizen, "kind": one.kind}
    rows = await container.store["notices"].find(query).to_list(None)
    if len({(row["about"], row["about"] and row["once"]) for row in rows}) < len(rows):
        return "twice"  # what is about something else is something else, such as another benefit
    fates = {await _of_row(container, row, arrived) for row in rows}
    return next((fate for fate in ("twice", "lost", "waiting", "sent") if fate in fates), "lost")


async def _of_row(container: Container, row: Any, arrived: Sequence[str]) -> str:
    data = with_last_day(await container.vault.open(row["sealed"]), day_of(row["delivered_at"] or row["created_at"]))
    return _fate(row["state"], sum(text.startswith(notice("zh", row["kind"], data)) for text in arrived))


async def _of_digest(container: Container, citizen: str, arrived: Sequence[str]) -> str:
    """Of one message for the notices that it carried, in whatever order they were gathered."""
    carried = {"citizen": citizen, "digest": {"$exists": True}}
    kinds = Counter(row["kind"] for row in await container.store["notices"].find(carried).to_list(None))
    texts = {notice("zh", "digest", {"kinds": list(order)}) for order in permutations(kinds.items())}
    sending = {"citizen": citizen, "state": NoticeState.SENDING.value}
    waits = await container.store["notices"].count_documents(sending)
    return _fate(
        NoticeState.SENDING if waits else NoticeState.DELIVERED, sum(text.startswith(tuple(texts)) for text in arrived)
    )


async def _rows_of_account(container: Container, one: Raised) -> list[Any]:
    found = []
    for row in await container.store["outbox"].find({"kind": "account"}).to_list(None):
        told = await container.vault.open(row["sealed"])
        if (told["contact"], told["notice"]) == (one.contact, one.kind):
            found.append((row, told["data"]))
    return found


def _of_account(kind: str, rows: list[Any], arrived: list[str]) -> str:
    if len(rows) != 1:
        return "twice" if rows else "lost"
    row, data = rows[0]
    times = sum(text.startswith(notice("zh", kind, data)) for text in arrived)
    return _fate(NoticeState.DELIVERED if row["done"] else NoticeState.SENDING, times)


def _fate(state: str, times: int) -> str:
    """`times` is how often it arrived."""
    if times > 1:
        return "twice"
    if times == 1:
        return "sent"
    return "waiting" if state == NoticeState.SENDING else "lost"
