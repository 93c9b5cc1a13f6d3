"""Importing the register: whole snapshots, changes, people twice, half a file, a kill."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path

import pytest

from scoring.identity import Identity
from server.citizens.residents.model import RegisterDeliveryRow
from server.citizens.residents.register import Answer
from server.citizens.residents.repository import REGISTER, RegisterDeliveryRepository
from server.cli.main import main
from server.sources.files.faults import Reject
from server.sources.files.understanding import understand
from server.sources.residents import importer
from server.sources.residents.importer import RegisterImported, RegisterImporter, RegisterRefusedError
from server.sources.residents.reading import RESIDENTS
from tests.support.people import FAN, YING, id_number
from tests.support.world import World

HEAD = ["姓名", "公民身份号码", "手机号码", "状态"]
ROUYAN = Identity("吴若水", id_number("19850308"), "13900009012")
CROWD = [Identity("林小雨", id_number(f"1970010{n % 9 + 1}", n + 1), f"1380000{n:04d}") for n in range(30)]


class _Killed(BaseException):
    """Where a process would be gone."""


def row(person: Identity, status: str = "", phone: str | None = None) -> list[str]:
    return [person.name, person.id_number, person.phone if phone is None else phone, status]


def written(path: Path, *rows: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEAD, *rows])
    return path


async def run(
    world: World, path: Path, *, changes: bool = False, fewer: bool = False, dry: bool = False, again: bool = False
) -> RegisterImported:
    container = world.container
    made = RegisterImporter(container.store, container.register.digests, container.clock)
    found = understand(path, None, RESIDENTS)
    rejects: list[Reject] = []
    result = await made.run(
        found, changes=changes, report=lambda *_: None, reject=rejects.append, fewer=fewer, dry=dry, again=again
    )
    assert len(rejects) == result.rejected
    return result


async def killed(
    world: World, path: Path, monkeypatch: pytest.MonkeyPatch, *, after: int, changes: bool = False
) -> None:
    """A run that ends where the rows of a batch were stored, and not yet up to which line; some batches went well."""
    real, reached = RegisterDeliveryRepository.reach, 0

    async def dying(self: RegisterDeliveryRepository, number: int, line: int) -> bool:
        nonlocal reached
        reached += 1
        if reached > after:
            raise _Killed
        return await real(self, number, line)

    with monkeypatch.context() as patch:
        patch.setattr(RegisterDeliveryRepository, "reach", dying)
        await run(world, path, changes=changes)


async def answer(world: World, person: Identity) -> Answer:
    return await world.container.register.ask(person)


async def test_who_is_in_a_snapshot_matches_and_others_do_not(world: World, tmp_path: Path) -> None:
    done = await run(world, written(tmp_path / "a.csv", row(YING), row(ROUYAN)))
    assert (done.accepted, done.people) == (2, 2)
    assert await answer(world, YING) is Answer.MATCHES
    assert await answer(world, FAN) is Answer.DIFFERS
    assert await answer(world, Identity(YING.name, YING.id_number, FAN.phone)) is Answer.DIFFERS
    assert await answer(world, Identity(FAN.name, YING.id_number, YING.phone)) is Answer.DIFFERS


async def test_nothing_readable_is_kept(world: World, tmp_path: Path) -> None:
    await run(world, written(tmp_path / "a.csv", row(YING)))
    stored = repr(await world.container.store[REGISTER].find({}).to_list(None))
    stored += repr(await world.container.store["register_deliveries"].find({}).to_list(None))
    for value in (YING.name, YING.id_number, YING.phone):
        assert value not in stored
        assert value.encode().hex() not in stored


async def test_a_snapshot_replaces_the_one_before(world: World, tmp_path: Path) -> None:
    await run(world, written(tmp_path / "a.csv", row(YING), row(ROUYAN)))
    await run(world, written(tmp_path / "b.csv", row(FAN), row(ROUYAN)))
    assert [await answer(world, person) for person in (YING, FAN, ROUYAN)] == [
        Answer.DIFFERS,
        Answer.MATCHES,
        Answer.MATCHES,
    ]
    assert await world.container.store[REGISTER].count_documents({}) == 2


async def test_who_asks_while_a_snapshot_takes_the_place_of_another_is_answered_by_one_of_them(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(world, written(tmp_path / "a.csv", row(YING)))
    found = RegisterDeliveryRepository.newest

    async def slowly(self: RegisterDeliveryRepository) -> RegisterDeliveryRow | None:
        monkeypatch.setattr(RegisterDeliveryRepository, "newest", found)
        newest = await self.newest()
        await run(world, written(tmp_path / "b.csv", row(YING), row(FAN)))
        return newest

    monkeypatch.setattr(RegisterDeliveryRepository, "newest", slowly)
    assert await answer(world, YING) is Answer.MATCHES


async def test_people_who_moved_away_or_died_are_told_from_those_who_live_here(world: World, tmp_path: Path) -> None:
    await run(world, written(tmp_path / "a.csv", row(YING, "迁出"), row(FAN, "死亡")))
    assert await answer(world, YING) is Answer.MOVED
    assert await answer(world, FAN) is Answer.DIED
    assert await answer(world, Identity(YING.name, YING.id_number, FAN.phone)) is Answer.DIFFERS


async def test_a_person_twice_is_one_and_may_have_two_phones(world: World, tmp_path: Path) -> None:
    done = await run(world, written(tmp_path / "a.csv", row(YING), row(YING), row(YING, phone="13900007777")))
    assert (done.accepted, done.people) == (3, 1)
    assert await answer(world, YING) is Answer.MATCHES
    assert await answer(world, Identity(YING.name, YING.id_number, "13900007777")) is Answer.MATCHES


@pytest.mark.parametrize("batch", [1, 5_000], ids=["in two batches", "in one"])
async def test_a_number_of_two_people_matches_neither(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(importer, "BATCH", batch)
    twin = Identity(FAN.name, YING.id_number, FAN.phone)
    await run(world, written(tmp_path / "a.csv", row(YING), row(twin), row(YING)))
    assert await answer(world, YING) is Answer.SHARED
    assert await answer(world, twin) is Answer.SHARED
    assert await answer(world, Identity(FAN.name, YING.id_number, YING.phone)) is Answer.DIFFERS


async def test_changes_alter_who_is_in_force(world: World, tmp_path: Path) -> None:
    await run(world, written(tmp_path / "a.csv", row(YING), row(ROUYAN)))
    changes = written(
        tmp_path / "b.csv",
        row(YING, phone="13900007777"),
        row(ROUYAN, "删除"),
        row(FAN),
        row(CROWD[0]),
        row(CROWD[0], "迁出"),
    )
    done = await run(world, changes, changes=True)
    assert (done.accepted, done.removed, done.ended, done.people) == (5, 1, 1, 3)
    assert await answer(world, YING) is Answer.DIFFERS
    assert await answer(world, Identity(YING.name, YING.id_number, "13900007777")) is Answer.MATCHES
    assert [await answer(world, person) for person in (ROUYAN, FAN, CROWD[0])] == [
        Answer.DIFFERS,
        Answer.MATCHES,
        Answer.MOVED,
    ]


async def test_who_comes_back_matches_again(world: World, tmp_path: Path) -> None:
    await run(world, written(tmp_path / "a.csv", row(YING, "迁出")))
    await run(world, written(tmp_path / "b.csv", row(YING, "迁入")), changes=True)
    assert await answer(world, YING) is Answer.MATCHES


async def test_another_name_for_a_number_is_another_person_unless_they_were_renamed(
    world: World, tmp_path: Path
) -> None:
    await run(world, written(tmp_path / "a.csv", row(YING), row(FAN)))
    other = Identity(ROUYAN.name, YING.id_number, ROUYAN.phone)
    renamed = Identity("林一航", FAN.id_number, FAN.phone)
    await run(world, written(tmp_path / "b.csv", row(other), row(renamed, "更名")), changes=True)
    assert [await answer(world, person) for person in (YING, other)] == [Answer.SHARED, Answer.SHARED]
    assert [await answer(world, person) for person in (FAN, renamed)] == [Answer.DIFFERS, Answer.MATCHES]
    await run(world, written(tmp_path / "c.csv", row(YING), row(YING, "更名")), changes=True)
    assert await answer(world, YING) is Answer.SHARED, "only a removal, or the next snapshot, tells them apart"
    await run(world, written(tmp_path / "d.csv", row(YING, "删除"), row(YING)), changes=True)
    assert await answer(world, YING) is Answer.MATCHES


async def test_old_changes_do_not_win_over_later_ones_unless_that_is_asked_for(world: World, tmp_path: Path) -> None:
    await run(world, written(tmp_path / "a.csv", row(YING), row(FAN)))
    moved = written(tmp_path / "b.csv", row(YING, "迁出"))
    await run(world, moved, changes=True)
    await run(world, written(tmp_path / "c.csv", row(YING, "迁入")), changes=True)
    with pytest.raises(RegisterRefusedError, match="so nothing was done"):
        await run(world, moved, changes=True)
    assert await answer(world, YING) is Answer.MATCHES
    await run(world, moved, changes=True, again=True)
    assert await answer(world, YING) is Answer.MOVED


async def test_changes_count_once_more_after_the_next_snapshot(world: World, tmp_path: Path) -> None:
    moved = written(tmp_path / "b.csv", row(YING, "迁出"))
    for name in ("a.csv", "c.csv"):
        await run(world, written(tmp_path / name, row(YING), row(FAN)))
        await run(world, moved, changes=True)
    assert await answer(world, YING) is Answer.MOVED


async def test_changes_without_a_snapshot_are_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(RegisterRefusedError, match="snapshot"):
        await run(world, written(tmp_path / "a.csv", row(YING)), changes=True)
    assert await answer(world, YING) is Answer.UNSURE


async def test_half_a_snapshot_does_not_come_into_force_unless_it_is_said_to_be_right(
    world: World, tmp_path: Path
) -> None:
    await run(world, written(tmp_path / "a.csv", row(YING), *map(row, CROWD)))
    half = written(tmp_path / "b.csv", *map(row, CROWD[:20]))
    with pytest.raises(RegisterRefusedError, match="20 people"):
        await run(world, half)
    assert await answer(world, YING) is Answer.MATCHES
    done = await run(world, half, fewer=True)
    assert (done.accepted, done.earlier, done.people) == (0, 20, 20)
    assert await answer(world, YING) is Answer.DIFFERS
    assert await world.container.store[REGISTER].count_documents({}) == 20


async def test_a_run_that_was_killed_is_taken_up_and_nothing_of_it_was_in_force(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "BATCH", 10)
    path = written(tmp_path / "a.csv", *map(row, CROWD), row(YING))
    with pytest.raises(_Killed):
        await killed(world, path, monkeypatch, after=1)
    assert await answer(world, CROWD[0]) is Answer.UNSURE
    done = await run(world, path)
    assert (done.earlier, done.accepted, done.people) == (10, 21, 31)
    assert await answer(world, CROWD[15]) is Answer.MATCHES, "stored twice, and one person all the same"


async def test_changes_that_were_killed_are_taken_up_with_each_line_counting_once(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(world, written(tmp_path / "a.csv", row(YING), row(ROUYAN)))
    renamed = Identity("林一航", YING.id_number, YING.phone)
    path = written(tmp_path / "b.csv", row(YING, phone="13900007777"), row(renamed, "更名"), row(FAN))
    with pytest.raises(_Killed):
        await killed(world, path, monkeypatch, after=0, changes=True)
    await run(world, path, changes=True)
    assert [await answer(world, person) for person in (YING, renamed, FAN)] == [
        Answer.DIFFERS,
        Answer.MATCHES,
        Answer.MATCHES,
    ]


async def test_other_changes_wait_until_those_that_are_stored_by_half_are_stored(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "BATCH", 1)
    await run(world, written(tmp_path / "a.csv", row(ROUYAN)))
    first = written(tmp_path / "b.csv", row(YING), row(FAN))
    second = written(tmp_path / "c.csv", row(FAN, "迁出"))
    with pytest.raises(_Killed):
        await killed(world, first, monkeypatch, after=1, changes=True)
    with pytest.raises(RegisterRefusedError, match="up to line 2 only"):
        await run(world, second, changes=True)
    assert (await run(world, first, changes=True)).earlier == 1
    await run(world, second, changes=True)
    assert [await answer(world, person) for person in (YING, FAN)] == [Answer.MATCHES, Answer.MOVED]


async def test_a_snapshot_ends_changes_that_are_stored_by_half_once_it_is_in_force(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "BATCH", 1)
    await run(world, written(tmp_path / "a.csv", row(ROUYAN)))
    changes = written(tmp_path / "b.csv", row(YING), row(FAN))
    snapshot = written(tmp_path / "c.csv", row(ROUYAN), row(YING))
    with pytest.raises(_Killed):
        await killed(world, changes, monkeypatch, after=1, changes=True)
    with pytest.raises(_Killed):
        await killed(world, snapshot, monkeypatch, after=1)
    with pytest.raises(RegisterRefusedError, match="Import that file again"):
        await run(world, written(tmp_path / "d.csv", row(FAN)), changes=True)
    await run(world, snapshot)
    await run(world, written(tmp_path / "d.csv", row(FAN)), changes=True)
    assert await answer(world, FAN) is Answer.MATCHES


async def test_an_import_that_stood_still_mixes_nothing_into_the_one_that_took_over(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "BATCH", 10)
    slow = written(tmp_path / "a.csv", *map(row, CROWD))
    quick = written(tmp_path / "b.csv", row(YING), row(FAN))
    real = RegisterDeliveryRepository.reach

    async def standing_still(self: RegisterDeliveryRepository, number: int, line: int) -> bool:
        monkeypatch.setattr(RegisterDeliveryRepository, "reach", real)
        await world.container.store["meta"].update_one({"_id": "register"}, {"$set": {"lease.until": None}})
        await run(world, quick)
        return await real(self, number, line)

    monkeypatch.setattr(RegisterDeliveryRepository, "reach", standing_still)
    with pytest.raises(RegisterRefusedError, match="another one took over"):
        await run(world, slow)
    assert [await answer(world, person) for person in (YING, FAN)] == [Answer.MATCHES, Answer.MATCHES]
    assert {await answer(world, person) for person in CROWD} == {Answer.DIFFERS}
    await run(world, written(tmp_path / "c.csv", row(YING), row(FAN), row(ROUYAN)))
    assert await world.container.store[REGISTER].count_documents({}) == 3


async def test_another_file_gives_up_a_snapshot_that_was_not_finished(world: World, tmp_path: Path) -> None:
    await run(world, written(tmp_path / "a.csv", row(YING), *map(row, CROWD)))
    with pytest.raises(RegisterRefusedError):
        await run(world, written(tmp_path / "b.csv", row(FAN)))
    await run(world, written(tmp_path / "c.csv", row(FAN), row(YING), *map(row, CROWD)))
    assert await world.container.store[REGISTER].count_documents({}) == 32
    assert await world.container.store["register_deliveries"].count_documents({}) == 1


async def test_a_dry_run_stores_nothing(world: World, tmp_path: Path) -> None:
    done = await run(world, written(tmp_path / "a.csv", row(YING), ["", "", "", ""], row(FAN, "?")), dry=True)
    assert (done.accepted, done.rejected) == (1, 1)
    assert await answer(world, YING) is Answer.UNSURE


@pytest.mark.long
async def test_the_command_imports_shows_and_gives_rejects_back(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EGRET_MONGODB_URI", world.container.store.uri)
    path = written(tmp_path / "a.csv", row(YING), row(FAN, "注销"))
    arguments = ["--data-dir", str(tmp_path)]
    assert await asyncio.to_thread(main, ["register", "status", "--language", "zh", *arguments]) == 1
    assert "市民无法绑定" in capsys.readouterr().out
    command = ["register", "import", str(path), *arguments]
    assert await asyncio.to_thread(main, [*command, "--explain", "--language", "en"]) == 0
    explained = capsys.readouterr().out
    assert "公民身份号码 → id_number" in explained
    assert YING.id_number not in explained
    assert YING.name not in explained
    assert await asyncio.to_thread(main, [*command, "--language", "en"]) == 1
    shown = capsys.readouterr()
    assert "in force with 1 people" in shown.out
    assert "status_unknown" in shown.err
    rejects = tmp_path / "a.csv.rejects.csv"
    rejects.write_text(rejects.read_text("utf-8").replace("注销", "在册"), "utf-8")
    again = ["register", "import", str(rejects), "--changes", "--language", "en", *arguments]
    assert await asyncio.to_thread(main, again) == 0
    capsys.readouterr()
    assert await asyncio.to_thread(main, ["register", "status", "--language", "en", *arguments]) == 0
    assert "2 people" in capsys.readouterr().out
