"""Old and new side by side on one database, while everybody works through either; then the old one ends."""

from __future__ import annotations

import asyncio
import random
import re
import secrets
from typing import Any

import pytest

from schema.types.principal import Kind
from server.platform.db import Layout, Store, layout_state
from server.platform.db.versions import FIRST
from tests.faults.invariants import faults
from tests.faults.town import api_key
from tests.faults.work import RECOVERY_SECONDS, Acknowledged, working
from tests.support.paths import ROOT
from tests.upgrade.city import PEOPLE, City, Seen, benefit, differences, disagreements, dispute_of, ends, runs, switched
from tests.upgrade.next_release import LAYOUT, MIGRATION

pytestmark = pytest.mark.long
WORK_SECONDS = 10.0
MOST_SECONDS = 60.0
"""On a slow machine people work until everything was done once."""
SETTLE_SECONDS = 30.0


async def test_a_rolling_upgrade(city: City) -> None:
    told = Acknowledged(passes=await passes(city), disputes=await disputes(city))
    store, old = city.town.container.store, city.old
    new = await start_the_new_one(city, told)
    await one_thing_through_both(city, old, new, told)
    await messages_to_either(city, old, new, told)
    await disputes_across(city, old, new, told)
    await everybody_works(city, told)
    await both_show_the_same(city, old, new)
    await refused_while_the_old_one_lives(city, store)
    late = await last_things_of_the_old_one(city, old, told)
    before = await stop_the_old_one(city, old, new)
    await contracted(city, store, new, before)
    redeemed = await city.ask(new, "redeem", api_key(Kind.PARTNER), i={"code": late["code"]})
    assert redeemed["valid"], "a pass that only the old release knew how to write"
    told.redeemed.add(late["id"])
    await everybody_works(city, told)
    await the_old_one_does_not_start_again(city, new)


# The new release comes


async def start_the_new_one(city: City, told: Acknowledged) -> str:
    """Its processes, once the database is expanded for it; the old ones serve all the time."""
    town = city.town
    assert runs(town.servers[0], ROOT)
    server, new = city.server(city.new_tree)
    await not_expanded(city, new, told)
    await expanded_by_two_at_once(city)
    await town.ready(new)
    assert runs(server, city.new_tree)
    assert await layout_header(city, new) == str(LAYOUT)
    assert await layout_header(city, city.old) == str(FIRST)
    town.servers.append(server)
    town.bases.append(new)
    town.workers.append(city.worker(city.new_tree))
    return new


async def not_expanded(city: City, new: str, told: Acknowledged) -> None:
    """It is not ready and says what is missing; what it is asked all the same, the old one understands."""
    needs = f"the database is laid out for version {FIRST} and this code needs {LAYOUT}"
    assert await not_ready(city, new) == f"{needs}: run `egret migrate --expand`"
    issued = await city.ask(new, "issue", city.town.token(4), i=benefit(city))
    redeemed = await city.ask(city.old, "redeem", api_key(Kind.PARTNER), i={"code": issued["code"]})
    assert redeemed["valid"]
    told.passes.add(issued["id"])
    told.redeemed.add(issued["id"])


async def expanded_by_two_at_once(city: City) -> None:
    """One of them does it. A dry run before says what."""
    assert "waiting" in await city.succeed(city.new_tree, "migrate")
    planned = await city.succeed(city.new_tree, "migrate", "--expand", "--dry-run")
    assert MIGRATION in planned
    done, again = await asyncio.gather(*(city.run(city.new_tree, "migrate", "--expand") for _ in range(2)))
    assert (done.returncode, again.returncode) == (0, 0), done.stderr + again.stderr
    assert sorted("nothing to do" in text for text in (done.stdout, again.stdout)) == [False, True]


async def not_ready(city: City, base: str) -> str:
    """What a server says that is not ready."""
    async with asyncio.timeout(30):
        while True:
            try:
                answer = await city.http.get(f"{base}/readyz")
            except Exception:
                await asyncio.sleep(0.1)
                continue
            assert answer.status_code == 503
            return answer.text


async def layout_header(city: City, base: str) -> str | None:
    header: str | None = (await city.http.get(f"{base}/readyz")).headers.get("egret-layout")
    return header


# Side by side


async def passes(city: City) -> set[str]:
    """The ids of all passes that people hold."""
    held = [await city.ask(city.old, MINE, city.town.token(n)) for n in range(PEOPLE)]
    return {edge["node"]["id"] for me in held for edge in me["passes"]["edges"]}


async def disputes(city: City) -> set[str]:
    """The ids of all disputes that people filed."""
    held = [await city.ask(city.old, MINE, city.town.token(n)) for n in range(PEOPLE)]
    return {edge["node"]["id"] for me in held for edge in me["disputes"]["edges"]}


MINE = """{ me { passes(first: 50) { edges { node { id code } } }
                 disputes(first: 50) { edges { node { id number } } } } }"""


async def one_thing_through_both(city: City, old: str, new: str, told: Acknowledged) -> None:
    """A pass from either is redeemed at the other, once; a retry across both has one effect."""
    partner = api_key(Kind.PARTNER)
    me = await city.ask(old, MINE, city.town.token(2))
    (held,) = (edge["node"] for edge in me["passes"]["edges"])
    answers = [await city.ask(base, "redeem", partner, i={"code": held["code"]}) for base in (new, old)]
    assert [answer["valid"] for answer in answers] == [True, False]
    told.redeemed.add(held["id"])
    for issuer, verifier in ((old, new), (new, old)):
        key = secrets.token_hex(12)
        issued, retried = [
            await city.ask(base, "issue", city.town.token(2), key, i=benefit(city)) for base in (issuer, verifier)
        ]
        assert issued["id"] == retried["id"]
        key = secrets.token_hex(12)
        given = {"code": issued["code"]}
        redeemed = [await city.ask(base, "redeem", partner, key, i=given) for base in (verifier, issuer)]
        assert [answer["valid"] for answer in redeemed] == [True, True], "a retry gets the answer of the first try"
        again = [await city.ask(base, "redeem", partner, i=given) for base in (issuer, verifier)]
        assert [answer["valid"] for answer in again] == [False, False]
        told.passes.add(issued["id"])
        told.redeemed.add(issued["id"])
    await city.fine(new, 4, "NEW-4")
    assert await city.record_of(old, 4, "NEW-4") == await city.record_of(new, 4, "NEW-4")
    for base, off in ((old, True), (new, False), (new, True), (old, False)):
        assert (await city.ask(base, "decline", city.town.token(3), i=switched(off=off)))["declined"] is off
    told.declined[3] = False


async def messages_to_either(city: City, old: str, new: str, told: Acknowledged) -> None:
    """People bind with every message to another process; one message at both has one effect."""
    town = city.town
    for n, bases in ((PEOPLE, (old, new)), (PEOPLE + 1, (new, old))):
        await city.import_good(city.new_tree if n == PEOPLE else ROOT, n)
        await city.bind(n, *bases)
    for n, (first, second) in ((4, (old, new)), (5, (new, old))):
        before = await town.container.store["disputes"].count_documents({})
        for turn, text in enumerate(("异议 1", "1", "不是我的车，已经卖了", "提交")):
            await city.say(city.message(n, text), (first, second)[turn % 2])
        confirming = city.message(n, "确认")
        replies = [await city.say(confirming, base) for base in (first, second, first)]
        numbers = {number for reply in replies for number in re.findall(r"D-\d{4}-\d{6}", reply)}
        assert len(numbers) == 1, replies
        assert await town.container.store["disputes"].count_documents({}) == before + 1
    for n in (4, 5):
        me = await city.ask(random.choice((old, new)), MINE, town.token(n))
        told.disputes.update(edge["node"]["id"] for edge in me["disputes"]["edges"])


async def disputes_of(city: City, base: str, token: str) -> list[dict[str, str]]:
    """A citizen's disputes, as one of the releases says."""
    me = await city.ask(base, MINE, token)
    return [edge["node"] for edge in me["disputes"]["edges"]]


async def disputes_across(city: City, old: str, new: str, told: Acknowledged) -> None:
    """Filed in one, claimed and decided in the other, approved in the first; each step seen by both."""
    for n, (first, second) in ((2, (old, new)), (3, (new, old))):
        token, key = city.town.token(n), secrets.token_hex(12)
        given = dispute_of(await city.record_of(second, n, f"OLD-{n}"))
        filed, retried = [await city.ask(base, "open", token, key, i=given) for base in (first, second)]
        assert retried["id"] == filed["id"], "a retry across releases has one effect"
        assert [one["id"] for one in await disputes_of(city, second, token)].count(filed["id"]) == 1
        assert (await city.ask(second, "open", token, i=given))["refusalCode"] == "DISPUTE_OPEN"
        told.disputes.add(filed["id"])
        await decide(city, filed["number"], first, second)
        for base in (first, second):
            me = await city.ask(base, "records", token)
            assert f"OLD-{n}" not in {edge["node"]["documentNumber"] for edge in me["records"]["edges"]}


async def decide(city: City, number: str, first: str, second: str) -> None:
    """The agent finds in one release that the record goes, and the approver agrees in the other."""
    agent, approver = [
        (await city.ask(base, "sign in", "", i={"account": role, "password": role * 2}))["token"]
        for base, role in ((first, "agent"), (second, "approver"))
    ]
    case = await case_of(city, first, agent, number)
    claimed = await city.ask(first, "claim", agent, i={"id": case["id"]})
    outcome = {"id": case["id"], "determination": "DELETED"}
    given = {**outcome, "revision": claimed["revision"], "explanation": "核对过了"}
    proposed = await city.ask(first, "decide", agent, i=given)
    stale = await city.ask(second, "approve", approver, i={**outcome, "revision": claimed["revision"]})
    assert "refusalCode" in stale, "an approval of an older revision of the case is refused by either"
    approved = await city.ask(second, "approve", approver, i={**outcome, "revision": proposed["revision"]})
    assert approved["revision"] == proposed["revision"] + 1


async def case_of(city: City, base: str, agent: str, number: str) -> Any:
    page = await city.ask(base, QUEUE, agent)
    return next(edge["node"] for edge in page["edges"] if edge["node"]["dispute"]["number"] == number)


QUEUE = "{ cases(part: OPEN, first: 50) { edges { node { id revision dispute { number } } } } }"


async def everybody_works(city: City, told: Acknowledged) -> None:
    """Every mutation and every chat message to whichever process, for a while; then all invariants hold."""
    until, more = asyncio.Event(), Acknowledged()
    work = asyncio.create_task(working(city.town, until, more))
    await asyncio.sleep(WORK_SECONDS)
    for _ in range(int(MOST_SECONDS - WORK_SECONDS)):
        if _all_was_done(more) or work.done():
            break
        await asyncio.sleep(1)
    until.set()
    await work
    assert _all_was_done(more), more.counts
    assert more.longest < RECOVERY_SECONDS
    for name in ("passes", "redeemed", "disputes", "records"):
        getattr(told, name).update(getattr(more, name))
    told.declined.update(more.declined)
    told.notes += more.notes
    found: list[str] = []
    for _ in range(int(SETTLE_SECONDS / 2)):
        found = await faults(city.town, told)
        if not found:
            break
        await asyncio.sleep(2)
    assert found == []


def _all_was_done(told: Acknowledged) -> bool:
    done = told.counts.keys()
    at_the_desk = {"claim", "note", "ask", "decide", "approve", "return"}
    return {"decline", "issue", "open", "deliver"} <= done and bool(at_the_desk & done)


async def both_show_the_same(city: City, old: str, new: str) -> None:
    """Every score, line, dispute, pass and page of everybody."""
    await city.seen(old)
    await city.seen(new)
    assert disagreements(await city.seen(old), await city.seen(new)) == []


# The old release goes


async def refused_while_the_old_one_lives(city: City, store: Store) -> None:
    """Nothing is contracted, and the refusal names who is older and since when."""
    before = await layout_state(store)
    for arguments in (("migrate", "--contract"), ("migrate", "--contract", "--dry-run")):
        done = await city.run(city.new_tree, *arguments)
        assert done.returncode == 1
        assert "egret serve " in done.stderr
        assert f"(layout {FIRST})" in done.stderr
        assert re.search(r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", done.stderr)
    assert await layout_state(store) == before
    said = await city.succeed(city.new_tree, "migrate")
    assert all(f"(layout {layout})" in said for layout in (FIRST, LAYOUT))
    assert "egret worker" in said


async def last_things_of_the_old_one(city: City, old: str, told: Acknowledged) -> Any:
    """A pass in the old shape, of which the database has only what the old release writes."""
    issued = await city.ask(old, "issue", city.town.token(2), i=benefit(city))
    told.passes.add(issued["id"])
    return issued


async def stop_the_old_one(city: City, old: str, new: str) -> Seen:
    """The old processes end in order; what everybody sees then."""
    for process in (city.town.servers.pop(0), city.town.workers.pop(0)):
        assert await asyncio.to_thread(ends, process) == 0
    city.town.bases.remove(old)
    await city.seen(new)
    return await city.seen(new)


async def contracted(city: City, store: Store, new: str, before: Seen) -> None:
    """What only the old release needs is gone, everything else is there, and the audit chains are whole."""
    counts = await counted(store)
    said = await city.succeed(city.new_tree, "migrate", "--contract")
    assert f"{MIGRATION}: contracted" in said
    assert await layout_state(store) == Layout(LAYOUT, LAYOUT, LAYOUT, LAYOUT)
    assert await store["pass_codes"].count_documents({}) == 0
    assert differences(before, await city.seen(new)) == []
    assert {**await counted(store), "pass_codes": 0} == {**counts, "pass_codes": 0}
    assert "every audit chain is whole" in await city.succeed(city.new_tree, "audit", "verify")


async def counted(store: Store) -> dict[str, int]:
    """How many documents of people's each collection has."""
    names = ("citizens", "records", "record_versions", "assessments", "passes", "disputes", "audit", "pass_codes")
    return {name: await store[name].count_documents({}) for name in names}


async def the_old_one_does_not_start_again(city: City, new: str) -> None:
    """The database refuses it before it changes anything."""
    store = city.town.container.store
    before = {name: await store[name].index_information() for name in ("passes", "disputes")}
    for command in ("worker", "serve"):
        done = await city.run(ROOT, command, EGRET_PORT="0")
        assert done.returncode == 1
        assert f"was contracted to layout {LAYOUT}" in done.stderr
    assert {name: await store[name].index_information() for name in ("passes", "disputes")} == before
    await city.town.ready(new)
    assert "nothing to do" in await city.succeed(city.new_tree, "migrate", "--contract")
