"""Retention: what has no reason to stay goes; what counts, and what is disputed, stays."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.types.principal import CLOCK, Caller, Kind
from scoring.dated import Dated, Provenance
from scoring.disputes import Determination, DisputeReason
from scoring.engine import assess
from scoring.records import Record
from server.citizens.consents import records_consent
from server.cli.main import main
from server.jobs.retention import Parameters, Retention, limits_on, parameters
from server.platform.crypto.vault import KeyDestroyedError, Vault
from server.platform.db import Collections
from server.platform.db.files import Files
from server.settings import demo_secrets
from tests.support.people import BAILU, FAN, MOLI, TODAY, YING, record
from tests.support.photos import opened, photo
from tests.support.world import Chat, World

PARKING = record("traffic.illegal-parking", "2026-09-02", "P1")


async def held(world: World, name: str, **query: Any) -> int:
    return await world.container.store[name].count_documents(query)


@given(
    rule=st.sampled_from([(scheme, rule) for scheme in (MOLI, BAILU) for rule in scheme.rules]),
    occurred=st.dates(date(2018, 1, 1), date(2026, 11, 23)),
    late=st.integers(0, 400),
    on=st.dates(date(2018, 1, 1), date(2036, 1, 1)),
    cured=st.booleans(),
)
def test_no_record_that_would_go_counts_on_that_day_or_in_any_statement_that_is_kept(
    rule: Any, occurred: date, late: int, on: date, cured: bool
) -> None:
    scheme, known = rule
    limits = limits_on(on)
    if occurred >= limits.records:
        return
    reported = occurred + timedelta(days=late)
    changed = Record(
        id="1",
        source=known.sources[0],
        rule=known.code,
        data_class=known.data_class,
        occurred_on=occurred,
        reported_on=reported,
        facts={"cured_on": reported.isoformat()} if cured else {},
    )
    for day in (on, limits.statements):
        assert assess(scheme, [changed], day).value == assess(scheme, [], day).value
        assert not any(line.kind == "record" for line in assess(scheme, [changed], day).lines)


def test_every_figure_has_a_reason_and_those_that_contradict_are_refused() -> None:
    for name, (parameter, *_) in parameters():
        assert parameter.source, name

    def told(value: int) -> tuple[Dated[int], ...]:
        return (Dated(**{"from": date(2018, 1, 1)}, value=value, provenance=Provenance.ILLUSTRATIVE, source="a test"),)

    def changed(**values: int) -> Parameters:
        return parameters().model_copy(update={name: told(value) for name, value in values.items()})

    with pytest.raises(ValueError, match="at least 60 and statements_months together"):
        limits_on(TODAY, changed(records_months=83))
    with pytest.raises(ValueError, match="evidence never outlives its dispute"):
        limits_on(TODAY, changed(evidence_months=61))
    with pytest.raises(ValueError, match="no figure for"):
        limits_on(date(2000, 1, 1))


async def test_a_record_goes_when_neither_it_nor_a_statement_of_it_counts_any_more(world: World) -> None:
    old = record("traffic.illegal-parking", "2019-11-20", "OLD")
    me = await world.enrol(YING, old, PARKING)
    value = (await world.container.services.scores.current(me)).value
    would_go = await Retention(world.container).run(dry=True)
    assert {what: count for what, count in would_go.items() if count} == {"records": 1}
    assert await held(world, "records") == 2
    assert (await Retention(world.container).run())["records"] == 1
    (left,) = await world.container.store["records"].find({}).to_list(None)
    assert left["occurred_on"] == "2026-09-02"
    world.clock.advance(days=1)
    assert (await world.container.services.scores.current(me)).value == value
    told = await world.container.store["audit"].find_one({"chain": "retention"})
    assert told is not None
    assert told["details"]["records"] == 1


async def test_anyone_who_never_took_part_is_forgotten_with_their_last_record(world: World) -> None:
    await world.register(FAN)
    await world.deliver(FAN, record("traffic.illegal-parking", "2019-11-20", "OLD"))
    stranger = await world.container.citizens.find(FAN.id_number)
    assert stranger is not None
    await Retention(world.container).run()
    assert await world.container.citizens.find(FAN.id_number) is None
    index_key = world.container.settings.index_key.get_secret_value()
    other = Vault(world.container.store, master_keys=world.container.settings.master_keys(), index_key=index_key)
    with pytest.raises(KeyDestroyedError):
        await other.open(stranger["sealed"])
    await other.close()
    await world.deliver(FAN, PARKING)  # and may be reported about again
    assert await held(world, "records") == 1


async def test_who_only_looks_keeps_the_account_when_the_last_record_goes(world: World) -> None:
    me = await world.enrol(YING, record("traffic.illegal-parking", "2019-11-20", "OLD"))
    await world.container.services.participations.look_only(Caller(me), records_consent().version)
    assert (await Retention(world.container).run())["records"] == 1
    assert (await world.container.citizens.get(me.id))["enrolment"] is not None


async def disputed(world: World) -> tuple[Any, Any]:
    me = await world.enrol(YING, PARKING)
    with opened(photo(size=(16, 16))) as file:
        assert await world.container.evidence.put_in_box(me, "box", file) == 1
    (kept,) = await world.container.evidence.boxed(me, "box")
    (row,) = await world.container.store["records"].find({}).to_list(None)
    filed = await world.container.disputes.open(Caller(me), row["_id"], DisputeReason.NOT_MINE, "不是我", [kept.key])
    return me, filed


async def test_nothing_of_an_open_dispute_goes_however_old(world: World) -> None:
    await disputed(world)
    world.clock.advance(days=366 * 12)
    gone = await Retention(world.container).run()
    assert (gone["records"], gone["evidence"], gone["disputes"]) == (0, 0, 0)
    assert [await held(world, name) for name in ("records", "evidence", "disputes", "files.files")] == [1, 1, 1, 1]


async def test_evidence_goes_two_years_after_the_decision_and_the_dispute_after_five(world: World) -> None:
    _, filed = await disputed(world)
    agent = await world.hire("a", Kind.AGENT)
    desk = world.container.services.desk
    case = await desk.claim(Caller(agent), filed.key)
    await desk.note(Caller(agent), filed.key, "看过了")
    case = await desk.case(agent, filed.key)
    await desk.decide(Caller(agent), filed.key, case.revision, Determination.UPHELD, "证据不足")
    await world.deliver_outbox()
    for days, kept in ((700, (1, 1, 1)), (40, (0, 1, 1)), (366 * 2, (0, 1, 1)), (366, (0, 0, 0))):
        world.clock.advance(days=days)
        await Retention(world.container).run()
        left = [await held(world, name) for name in ("evidence", "disputes", "case_notes")]
        assert tuple(left) == kept, days
        assert await held(world, "files.files") == kept[0]


async def test_statements_of_the_past_and_passes_go_but_never_the_present_statement(world: World) -> None:
    me = await world.enrol(YING, *(record("social-insurance.timely", f"202{n}-09-01", f"S{n}") for n in (4, 5, 6)))
    for _ in range(3):
        world.clock.advance(days=1)
        await world.container.services.scores.current(me)
    world.clock.advance(days=366 * 9)
    gone = await Retention(world.container).run()
    assert gone["statements of the past"] == 3
    assert await held(world, "assessments", current=True) == await held(world, "assessments") == 1


async def test_an_account_that_never_bound_is_forgotten_a_month_later_and_welcome_again(world: World) -> None:
    stranger, bound = Chat(world, "o-stranger"), await world.enrol(YING)
    await stranger.say("帮助")
    assert (await Retention(world.container).run())["accounts that never bound"] == 0
    world.clock.advance(days=31)
    await Chat(world, "o-talking").say("帮助")
    await world.container.store["conversations"].delete_one(
        {"_id": world.container.contacts.id_of("wechat", "o-stranger")}
    )
    assert (await Retention(world.container).run())["accounts that never bound"] == 1
    assert bound.contact is not None
    assert await world.container.contacts.get(bound.contact.id) is not None
    assert await world.container.contacts.get(world.container.contacts.id_of("wechat", "o-stranger")) is None
    assert "绑定" in await stranger.say("帮助")


async def test_an_account_that_begins_to_talk_meanwhile_is_not_forgotten(world: World) -> None:
    """Between the look for those who do not, and its turn."""
    await Chat(world, "o-talking").say("帮助")
    contact = world.container.contacts.id_of("wechat", "o-talking")
    await Retention(world.container)._forget(Caller(CLOCK), contact)
    assert await world.container.contacts.get(contact) is not None
    assert await held(world, "conversations") == 1


async def test_who_is_gone_already_leaves_nothing_behind(world: World) -> None:
    await Retention(world.container)._forget(Caller(CLOCK), world.container.contacts.id_of("wechat", "o-gone"))
    assert await held(world, "conversations") == 0


async def test_a_message_at_the_very_moment_of_forgetting_is_kept_with_its_account(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat, idle, came = Chat(world, "o-stranger"), Retention._idle, list[str]()
    await chat.say("帮助")
    contact = world.container.contacts.id_of("wechat", "o-stranger")
    await world.container.store["conversations"].delete_one({"_id": contact})

    async def then_it_comes(self: Retention, contacts: Sequence[str], within: Collections | None = None) -> list[str]:
        found = await idle(self, contacts, within)
        if not came:
            came.append(await chat.say("帮助"))
        return found

    monkeypatch.setattr(Retention, "_idle", then_it_comes)
    await Retention(world.container)._forget(Caller(CLOCK), contact)
    assert await world.container.contacts.get(contact) is not None
    assert "我可以" in await chat.say("帮助")


async def test_a_file_without_its_row_goes(world: World) -> None:
    await disputed(world)
    await Files(world.container.store).put("stray", b"sealed bytes")
    assert (await Retention(world.container).run())["files left behind"] == 0
    world.clock.advance(days=3)
    long_ago = {"$set": {"uploadDate": world.container.clock() - timedelta(days=9)}}
    await world.container.store["files.files"].update_many({}, long_ago)
    assert (await Retention(world.container).run())["files left behind"] == 1
    assert await held(world, "files.files") == 1


async def test_one_worker_does_it_each_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = asyncio.Event()

    async def run(_self: Retention, *, dry: bool = False) -> dict[str, int]:
        ran.set()
        return {"records": 1}

    monkeypatch.setattr(Retention, "run", run)
    assert sorted(await asyncio.gather(*(Retention(world.container).daily() for _ in range(3)))) == [0, 0, 1]
    world.clock.advance(days=1)
    assert await Retention(world.container).daily() == 1
    assert ran.is_set()
    assert await held(world, "meta", _id={"$gte": "retention:"}) == 1


async def test_the_command_counts_without_deleting(
    world: World, mongodb_uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    await world.register(FAN)
    await world.deliver(FAN, record("traffic.illegal-parking", "2018-11-20", "OLD"))
    monkeypatch.setenv("EGRET_MONGODB_URI", mongodb_uri)
    monkeypatch.setenv("EGRET_DATABASE", world.container.store.name)
    for name, secret in demo_secrets(tmp_path).items():
        monkeypatch.setenv(f"EGRET_{name.upper()}", secret)
    settings = world.container.settings
    monkeypatch.setenv("EGRET_MASTER_KEY", settings.master_key.get_secret_value())
    monkeypatch.setenv("EGRET_SCHEME", settings.scheme)
    monkeypatch.setenv("EGRET_INDEX_KEY", settings.index_key.get_secret_value())
    for arguments, left in ((["--dry-run"], 1), ([], 0)):
        assert await asyncio.to_thread(main, ["retention", *arguments]) == 0
        assert "records: 1\n" in capsys.readouterr().out
        assert await held(world, "records") == left
