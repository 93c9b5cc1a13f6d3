"""What happens to more notices than the account's quota of a day: how many go out each day, and what is carried over.

    python deploy/bench/notice_days.py [--notices 20000] [--quota 6000] [--urgent 10] [--workers 4]
    python deploy/bench/notice_days.py --notices 100000 --quota 125000 --urgent 5     # all in one night

One process and a clock that is moved from day to day, on an embedded server; the platform refuses (45009) what is over
its own quota, which is the same. The people have not written for long, so that each notice goes by template. One in
`--urgent` is urgent: those go first, and have a fifth of the quota for themselves.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
from pydantic import JsonValue

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from schema.types.principal import CLOCK, Caller
from server.citizens.model import CitizenRow
from server.container import Container, build_container
from server.container.collections import INDEXES
from server.jobs.worker import deliver
from server.platform.core.unit_of_work import Transaction
from server.platform.db import open_store, prepare
from server.platform.db.embedded import embedded_mongod
from server.platform.kit.progress import Report, progress
from server.settings import Settings, demo_settings

_URGENT, _LATER = "dispute_accepted", "score_resumed"
_FIELDS = 'template = "{}"\nfields = {{ thing1 = "title", thing3 = "text" }}\n'
_PEOPLE, _BATCH = 200, 200
_OUT_OF_QUOTA = 45009


class Days:
    """A clock that is moved on by days, from tomorrow: what has expired by the clock of MongoDB would vanish."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)
        self.next_day()

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=10)
        return self.now

    def next_day(self) -> None:
        """At ten in the morning of Shanghai."""
        self.now = self.now.replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(days=1)


class Platform:
    """Takes template messages, up to its quota of a day; counts what came, by day and template.

    `overtaken` is how many that may wait came before the last urgent one.
    """

    def __init__(self, clock: Days, quota: int) -> None:
        self._clock = clock
        self._quota = quota
        self.taken: Counter[tuple[str, str]] = Counter()
        self.people: Counter[str] = Counter()
        self.refused = 0
        self.overtaken = 0
        self._waiting = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if "token" in request.url.path:
            return httpx.Response(200, json={"access_token": "t", "expires_in": 10**7})
        day, body = f"{self._clock.now:%Y-%m-%d}", json.loads(request.content)
        if sum(self.of(day).values()) >= self._quota:
            self.refused += 1
            return httpx.Response(200, json={"errcode": _OUT_OF_QUOTA, "errmsg": "reach max api daily quota limit"})
        self.taken[day, body["template_id"]] += 1
        if body["template_id"] == _URGENT:
            self.overtaken = self._waiting
        else:
            self._waiting += 1
        self.people[body["client_msg_id"]] += 1
        return httpx.Response(200, json={"errcode": 0, "msgid": self.taken.total()})

    def of(self, day: str) -> dict[str, int]:
        """What came on a day, by template."""
        return {template: count for (on, template), count in self.taken.items() if on == day}


async def people_of(container: Container) -> list[CitizenRow]:
    """Citizens with an account in the chat."""
    made = []
    for n in range(_PEOPLE):
        contact = (await container.contacts.enter("wechat", f"o-{n}")).contact
        row = await container.citizens.make(f"bench-{n}")
        now = container.clock()
        row["enrolment"] = {"scheme": container.scheme.id, "consent_version": "1", "enrolled_at": now}
        row["contacts"] = [{"hash": contact.id, "channel": "wechat", "bound_at": now}]
        await container.store["citizens"].insert_one(row)
        made.append(row)
    return made


async def raise_all(container: Container, count: int, urgent: int, report: Report) -> None:
    """So many notices; one of `urgent` is urgent."""
    people, data = await people_of(container), {"number": "D-2026-000001", "due": "2026-12-01"}

    async def tell(kind: str, told: Sequence[tuple[CitizenRow, Mapping[str, JsonValue]]], tx: Transaction) -> None:
        await container.citizens.notify_each(tx, kind, told)

    for first in range(0, count, _BATCH):
        numbers = range(first, min(first + _BATCH, count))
        for kind, is_urgent in ((_URGENT, True), (_LATER, False)):
            told = [(people[n % _PEOPLE], data if is_urgent else {}) for n in numbers if (n % urgent == 0) == is_urgent]
            await container.unit_of_work.run(Caller(CLOCK), "tell", partial(tell, kind, told))
        report("raised", numbers.stop, count)


async def drain(container: Container, platform: Platform, given: argparse.Namespace, report: Report) -> float:
    """Deliver until nothing is due; the seconds."""

    async def work() -> None:
        while await container.outbox.deliver_one(partial(deliver, container)):
            report("sent", platform.taken.total(), given.notices)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(given.workers)))
    return time.perf_counter() - began


async def measure(container: Container, clock: Days, platform: Platform, given: argparse.Namespace) -> None:
    """Raise all, then go through the days. Prints raw figures."""
    with progress() as report:
        await raise_all(container, given.notices, given.urgent, report)
        left, day = given.notices, 0
        while left and day < given.days:
            day += 1
            seconds = await drain(container, platform, given, report)
            sent = platform.of(f"{clock.now:%Y-%m-%d}")
            left = await container.store["outbox"].count_documents({"done": False})
            told = f"day {day}: {sum(sent.values()):,} sent, {sent.get(_URGENT, 0):,} of them urgent; "
            print(f"{told}{left:,} carried over; {seconds:.0f} s")
            clock.next_day()


async def main() -> None:
    """Print the raw figures of each day; fails where a notice is lost, doubled, or over the platform's quota."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notices", type=int, default=20_000)
    parser.add_argument("--quota", type=int, default=6_000)
    parser.add_argument("--urgent", type=int, default=10)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--days", type=int, default=30)
    given = parser.parse_args()
    clock = Days()
    platform = Platform(clock, given.quota)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kinds = "".join(f"[{kind}]\n{_FIELDS.format(kind)}" for kind in (_URGENT, _LATER))
        (folder / "templates.toml").write_text(kinds, "utf-8")
        settings = demo_settings(Settings(demo=True, data_dir=folder), port=9100)
        more = {"wechat_templates": folder / "templates.toml", "wechat_templates_a_day": given.quota}
        async with (
            embedded_mongod(folder / "db") as uri,
            httpx.AsyncClient(transport=httpx.MockTransport(platform)) as http,
        ):
            store = open_store(uri, "days", "motor")
            await prepare(store, INDEXES)
            container = build_container(settings.model_copy(update=more), store, http, clock)
            await measure(container, clock, platform, given)
            lost = given.notices - platform.taken.total()
            await container.vault.close()
            await store.close()
    twice = sum(count > 1 for count in platform.people.values())
    print(f"lost: {lost:,}")
    print(f"sent more than once: {twice:,}")
    print(f"sent before the last urgent one: {platform.overtaken:,}")
    print(f"refused by the platform for its quota: {platform.refused:,}")
    sys.exit(1 if lost or twice else 0)


if __name__ == "__main__":
    asyncio.run(main())
