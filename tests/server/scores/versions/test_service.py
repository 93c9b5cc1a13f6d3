"""From one version of a city's folder to the next: two people stand for it, and no process has to be started again."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from schema.types.connection import Page
from schema.types.errors import Refused
from schema.types.principal import OPERATOR, Caller, Kind
from scoring.scheme import SCHEMES_DIR, Scheme
from server.container import build_container
from server.platform.core import audit
from server.platform.core.unit_of_work import Transaction
from server.platform.db import StoreError
from server.platform.kit.clock import day_of
from server.scores.versions.files import read_folder
from server.scores.versions.following import following
from server.scores.versions.service import CHAIN, VersionError
from tests.support.people import RECORDS, YING
from tests.support.world import Chat, World

PARKING = r'(code = "traffic.illegal-parking"(?:\n.*){6}\npoints = .*?value = )-10'
Stewards = tuple[Caller, Caller]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The next version of the city's folder: a parking penalty costs a point less, and the help line moved."""
    made = Path(shutil.copytree(SCHEMES_DIR / "fuzhou-moli", tmp_path / "next"))
    change(made, "scheme.toml", 'version = "2026-1"', 'version = "2026-2"')
    change(made, "rules.toml", PARKING, r"\1-9")
    change(made, "city.toml", 'number = "12345"', 'number = "010-7654321"')
    return made


def change(folder: Path, file: str, pattern: str, new: str) -> None:
    text, count = re.subn(pattern, new, (folder / file).read_text("utf-8"), count=1)
    assert count == 1, pattern
    (folder / file).write_text(text, "utf-8")


@pytest.fixture
async def stewards(world: World) -> Stewards:
    """Two people."""
    return Caller(await world.hire("lin", Kind.STEWARD)), Caller(await world.hire("wu", Kind.STEWARD))


async def propose(world: World, caller: Caller, folder: Path, on: date | None = None) -> str:
    day = on or day_of(world.container.clock())
    return await world.container.versions.propose(caller, read_folder(folder), folder.name, day)


async def links(world: World) -> list[tuple[str, str]]:
    """What the audit chain says, and who did it."""
    rows = await world.container.store["audit"].find({"chain": CHAIN}).sort([("seq", 1)]).to_list(None)
    return [(row["action"], row["by"]) for row in rows]


async def test_a_version_that_two_people_stand_for_is_in_force_at_once(
    world: World, stewards: Stewards, folder: Path
) -> None:
    await world.enrol(YING, *RECORDS)
    chat = Chat(world, "o-test")
    before = re.findall(r"\d{3}", await chat.say("查询"))[0]
    version = await propose(world, stewards[0], folder)
    assert await world.container.versions.follow() is False, "one person is not enough"
    assert "12345" in await chat.say("人工")
    approved = await world.container.versions.approve(stewards[1], version)
    assert approved.effective_on == day_of(world.container.clock())
    assert world.container.scheme.version == "2026-2"
    assert int(re.findall(r"\d{3}", await chat.say("查询"))[0]) == int(before) + 1
    assert "010-7654321" in await chat.say("人工")
    scheme = (await world.ask("{ scheme { version } }"))["data"]["scheme"]
    assert scheme == {"version": "2026-2"}


@pytest.mark.parametrize("restarted", [False, True], ids=["while it runs", "after a start"])
async def test_a_record_that_goes_leaves_the_past_to_the_version_of_each_day(
    world: World, stewards: Stewards, folder: Path, restarted: bool
) -> None:
    former = Path(shutil.copytree(SCHEMES_DIR / "fuzhou-moli", folder.with_name("former")))
    change(former, "scheme.toml", 'version = "2026-1"', 'version = "2026-1b"')
    citizen = await world.enrol(YING, *RECORDS)
    values = []
    for one in (former, folder):
        await world.container.versions.approve(stewards[1], await propose(world, stewards[0], one))
        world.clock.advance(days=1)
        values.append((await world.container.scores.current(citizen)).value)
    old = world.container
    here = build_container(old.settings, old.store, old.http, old.clock) if restarted else old
    await here.versions.follow()
    held = await here.assessor.records.of(citizen.id)
    gone = next(one.key for one in held if one.record.rule == "utility.power-overdue")  # of no weight: it can be cured
    await here.store["records"].delete_one({"_id": gone})
    row = await here.citizens.get(citizen.id)

    async def recalculate(tx: Transaction) -> None:
        await here.assessor.recalculate_history(tx, row, gone)

    await here.unit_of_work.run(Caller(OPERATOR), "recalculate", recalculate)
    history = await here.scores.history(citizen, Page(10, None))
    past = {edge.node.as_of: edge.node.value for edge in history.edges}
    day = day_of(world.container.clock()) - timedelta(days=1)
    assert (past[day], past[day + timedelta(days=1)]) == tuple(values)
    assert values[1] == values[0] + 1
    if restarted:
        await here.vault.close()


async def test_each_step_is_on_the_audit_chain(world: World, stewards: Stewards, folder: Path) -> None:
    first, second = stewards
    version = await propose(world, first, folder)
    await world.container.versions.approve(second, version)
    other = await propose(world, second, folder, day_of(world.container.clock()) + timedelta(days=3))
    await world.container.versions.withdraw(first, other)
    told = await links(world)
    assert [action for action, _ in told] == [
        *("scheme.proposed", "scheme.approved"),
        *("scheme.proposed", "scheme.withdrawn"),
    ]
    assert await audit.verify(world.container.store) == []
    states = {row["_id"]: (row["state"], row["proposed_by"], row["approved_by"]) for row in await every(world)}
    assert states == {version: ("approved", "lin", "wu"), other: ("withdrawn", "wu", None)}


async def every(world: World) -> list[Mapping[str, object]]:
    return list(await world.container.versions.every())


async def test_no_one_approves_their_own_version_with_whatever_account(
    world: World, stewards: Stewards, folder: Path
) -> None:
    version = await propose(world, stewards[0], folder)
    with pytest.raises(Refused, match="FOUR_EYES"):
        await world.container.versions.approve(stewards[0], version)
    row = await world.container.store["staff"].find_one({"_id": "lin"})
    assert row is not None
    twin = Caller(await world.hire("lin-2", Kind.STEWARD))
    await world.container.store["staff"].update_one({"_id": "lin-2"}, {"$set": {"id_index": row["id_index"]}})
    with pytest.raises(Refused, match="FOUR_EYES"):
        await world.container.versions.approve(twin, version)
    unknown = Caller(await world.hire("new", Kind.STEWARD, known=False))
    with pytest.raises(Refused, match="PERSON_UNKNOWN"):
        await world.container.versions.approve(unknown, version)
    assert world.container.scheme.version == "2026-1"
    assert [action for action, _ in await links(world)] == ["scheme.proposed"]


async def test_it_takes_effect_on_its_day_in_every_process(
    world: World, stewards: Stewards, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = world.container
    there = build_container(here.settings, here.store, here.http, here.clock)
    day = day_of(here.clock()) + timedelta(days=2)
    version = await propose(world, stewards[0], folder, day)
    await here.versions.approve(stewards[1], version)
    assert not await there.versions.follow()
    assert here.scheme.version == there.scheme.version == "2026-1"
    world.clock.advance(days=2)
    replace, taken = there.in_force.replace, asyncio.Event()

    def take(scheme: Scheme) -> None:
        replace(scheme)
        taken.set()

    monkeypatch.setattr(there.in_force, "replace", take)
    async with following(there.versions, every=0.01), asyncio.timeout(20):
        await taken.wait()
    assert there.scheme.version == "2026-2"
    assert await here.versions.follow() is True
    assert await here.versions.follow() is False, "it is taken up once"
    assert here.scheme.digest == there.scheme.digest
    await there.vault.close()


async def test_a_process_goes_on_looking_whatever_failed_once(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looked, versions = asyncio.Event(), world.container.versions
    faults = [OSError("no space left"), StoreError("gone")]

    async def follow() -> bool:
        if faults:
            raise faults.pop()
        looked.set()
        return False

    monkeypatch.setattr(versions, "follow", follow)
    async with following(versions, every=0.01), asyncio.timeout(20):
        await looked.wait()
    assert [r.getMessage().rpartition(" ")[2] for r in caplog.records if r.name == "egret.scheme"] == [
        StoreError.__name__,
        "OSError",
    ]


async def test_one_that_is_approved_after_its_day_begins_today(world: World, stewards: Stewards, folder: Path) -> None:
    version = await propose(world, stewards[0], folder)
    world.clock.advance(days=3)
    approved = await world.container.versions.approve(stewards[1], version)
    assert approved.effective_on == day_of(world.container.clock())


async def test_the_former_version_comes_back_by_the_same_way(world: World, stewards: Stewards, folder: Path) -> None:
    former = SCHEMES_DIR / "fuzhou-moli"
    for one in (folder, former):
        await world.container.versions.approve(stewards[1], await propose(world, stewards[0], one))
        world.clock.advance(seconds=1)
    assert world.container.scheme.version == "2026-1"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("rules.toml", r"\[\[rule\]\]", "[[rule]", r"next/rules.toml:\d+: "),
        ("city.toml", 'number = "010-7654321"', "number = 1", r"next/city.toml:\d+: help.number: "),
        ("rules.toml", 'dimension = "ability"', 'dimension = "luck"', r"next/rules.toml:\d+: rule basic.residence: "),
    ],
)
async def test_one_broken_file_refuses_the_whole_and_the_city_goes_on(
    world: World, stewards: Stewards, folder: Path, file: str, old: str, new: str, told: str
) -> None:
    change(folder, file, old, new)
    with pytest.raises(ValueError, match=told):
        await propose(world, stewards[0], folder)
    assert await every(world) == []
    assert await links(world) == []
    assert world.container.scheme.version == "2026-1"


@pytest.mark.parametrize(
    ("old", "new", "days", "told"),
    [
        ('id = "fuzhou-moli"', 'id = "other"', 0, "a version of other, but this city runs fuzhou-moli"),
        ('version = "2026-2"', 'version = "2026-1"', 0, "figures differ .* give it another `version`"),
        ('version = "2026-2"', 'version = "2026-3"', -1, "is over; a version takes effect today"),
    ],
)
async def test_what_cannot_follow_on_what_runs_is_refused(
    world: World, stewards: Stewards, folder: Path, old: str, new: str, days: int, told: str
) -> None:
    change(folder, "scheme.toml", old, new)
    with pytest.raises(VersionError, match=told):
        await propose(world, stewards[0], folder, day_of(world.container.clock()) + timedelta(days=days))
    assert await every(world) == []


async def test_one_name_has_one_set_of_figures_among_those_that_wait(
    world: World, stewards: Stewards, folder: Path
) -> None:
    version = await propose(world, stewards[0], folder)
    change(folder, "city.toml", 'number = "010-7654321"', 'number = "010-7654322"')
    await propose(world, stewards[0], folder)
    change(folder, "rules.toml", "value = -9", "value = -8")
    with pytest.raises(VersionError, match="give it another `version`"):
        await propose(world, stewards[0], folder)
    for row in await every(world):
        await world.container.versions.withdraw(stewards[0], str(row["_id"]))
    assert await propose(world, stewards[0], folder) != version


def without(folder: Path, file: str, kind: str, code: str) -> None:
    """A folder that has a table of this kind no more."""
    tables = re.split(rf"(?m)^(?=\[\[{kind}\]\])", (folder / file).read_text("utf-8"))
    kept = [table for table in tables if f'code = "{code}"' not in table]
    assert len(kept) == len(tables) - 1
    (folder / file).write_text("".join(kept), "utf-8")


async def test_no_version_drops_what_history_records_and_passes_name(
    world: World, stewards: Stewards, folder: Path
) -> None:
    without(folder, "benefits.toml", "benefit", "library.deposit-free")
    with pytest.raises(VersionError, match=r"benefit library\.deposit-free: history, records and passes name it"):
        await propose(world, stewards[0], folder)
    assert await every(world) == []


async def test_nor_what_came_into_force_while_it_waited(world: World, stewards: Stewards, folder: Path) -> None:
    shorter = Path(shutil.copytree(folder, folder.with_name("shorter")))
    change(shorter, "scheme.toml", 'version = "2026-2"', 'version = "2026-3"')
    text = (folder / "benefits.toml").read_text("utf-8")
    table = re.split(r"(?m)^(?=\[\[benefit\]\])", text)[1].replace('code = "', 'code = "new-', 1)
    (folder / "benefits.toml").write_text(f"{text.rstrip()}\n\n{table}", "utf-8")
    longer, waiting = await propose(world, stewards[0], folder), await propose(world, stewards[0], shorter)
    await world.container.versions.approve(stewards[1], longer)
    with pytest.raises(Refused, match="CONFLICT") as refused:
        await world.container.versions.approve(stewards[1], waiting)
    assert "benefit new-" in refused.value.sentence("en")
    assert world.container.scheme.version == "2026-2"


async def test_what_is_wrong_names_the_folder_and_not_where_it_was_written_for_a_moment(
    world: World, stewards: Stewards, folder: Path
) -> None:
    change(folder, "rules.toml", 'dimension = "ability"', 'dimension = "luck"')
    with pytest.raises(ValueError, match="egret scheme check --folder next"):
        await propose(world, stewards[0], folder)


async def test_what_does_not_wait_is_neither_approved_nor_withdrawn(
    world: World, stewards: Stewards, folder: Path
) -> None:
    versions = world.container.versions
    with pytest.raises(Refused, match="NOT_FOUND"):
        await versions.approve(stewards[1], "nonsense")
    version = await propose(world, stewards[0], folder)
    await versions.approve(stewards[1], version)
    with pytest.raises(Refused, match="CONFLICT"):
        await versions.approve(stewards[1], version)
    with pytest.raises(VersionError, match="waits neither for approval nor for its day"):
        await versions.withdraw(stewards[0], version)


async def test_one_that_waits_for_its_day_can_be_taken_back(world: World, stewards: Stewards, folder: Path) -> None:
    version = await propose(world, stewards[0], folder, day_of(world.container.clock()) + timedelta(days=1))
    await world.container.versions.approve(stewards[1], version)
    await world.container.versions.withdraw(stewards[1], version)
    world.clock.advance(days=2)
    assert await world.container.versions.follow() is False


async def test_a_stored_version_that_cannot_be_read_is_logged_once_and_what_was_in_force_stays(
    world: World, stewards: Stewards, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    day = day_of(world.container.clock()) + timedelta(days=1)
    version = await propose(world, stewards[0], folder, day)
    await world.container.versions.approve(stewards[1], version)
    rows = world.container.store["scheme_versions"]
    row = await rows.find_one({"_id": version})
    assert row is not None
    await rows.update_one({"_id": version}, {"$set": {"files": row["files"] | {"rules.toml": "[[rule"}}})
    world.clock.advance(days=1)
    assert [await world.container.versions.follow() for _ in range(3)] == [False] * 3
    assert world.container.scheme.version == "2026-1"
    errors = [r for r in caplog.records if r.levelname == "ERROR"]
    assert len(errors) == 1
    assert f"fuzhou-moli-{version}/rules.toml:1: " in errors[0].getMessage()


async def test_a_file_that_is_missing_large_or_in_another_coding_is_named(folder: Path) -> None:
    (folder / "benefits.toml").write_bytes("优惠".encode("gb18030"))
    with pytest.raises(ValueError, match=r"next/benefits.toml: it is not UTF-8"):
        read_folder(folder)
    (folder / "benefits.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(ValueError, match=r"next/benefits.toml: it has 1,000,001 bytes; 1,000,000 are allowed"):
        read_folder(folder)
    (folder / "benefits.toml").unlink()
    with pytest.raises(ValueError, match=r"next/benefits.toml: "):
        read_folder(folder)
    (folder / "benefits.toml").symlink_to("/dev/zero")
    with pytest.raises(ValueError, match=r"next/benefits.toml: it is no file that can be read"):
        read_folder(folder)
