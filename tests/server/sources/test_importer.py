"""`egret import`: goes on past bad lines, gives them back to be corrected, and is taken up after a kill."""

from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from schema.types.principal import OPERATOR
from scoring.records import Delivery
from server.cli.main import main
from server.sources import importer
from server.sources.deliver import Deliveries
from server.sources.files.faults import Line, Reject
from server.sources.files.understanding import understand
from server.sources.importer import Imported, Importer
from tests.support.files import lines_of
from tests.support.people import MOLI, TODAY, YING, wire
from tests.support.world import World

HEAD = "id,resident,source,rule,class,occurred_on,reported_on,final,facts"
GOOD = f'C-1,{YING.id_number},power,utility.power-overdue,notice,2026-11-01,2026-11-10,true,"{{""amount"": 80}}"'
BAD = f"C-2,{YING.id_number},power,utility.power-overdue,notice,2026-11-01,2026-11-10,perhaps,"


def ndjson(path: Path, count: int, bad: frozenset[int] = frozenset()) -> Path:
    lines = [json.dumps(wire(id=f"N-{n}")) if n not in bad else "{broken" for n in range(count)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


async def run(world: World, path: Path, **options: Any) -> Imported:
    made = Importer(world.container.store, MOLI, world.container.deliveries)
    return await made.run(understand(path), OPERATOR, on=TODAY, report=lambda *_: None, **options)


@pytest.mark.parametrize("name", ["r.ndjson", "r.ndjson.gz", "r.csv", "r.csv.gz"])
def test_each_form_reads_the_same(tmp_path: Path, name: str) -> None:
    path, text = tmp_path / name, f"{HEAD}\n{GOOD}\n" if ".csv" in name else json.dumps(wire(id="C-1")) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    (found,) = lines_of(path)
    assert isinstance(found, Line)
    assert found.delivery.record.id == "C-1"
    assert understand(path).lines == 1


def test_a_gzipped_file_that_was_cut_keeps_what_came(tmp_path: Path) -> None:
    path = tmp_path / "r.ndjson.gz"
    whole = gzip.compress(b"".join(json.dumps(wire(id=f"N-{n}")).encode() + b"\n" for n in range(2000)))
    path.write_bytes(whole[: len(whole) // 2])
    *good, last = lines_of(path)
    assert len(good) > 100
    assert all(isinstance(found, Line) for found in good[:-1])
    assert isinstance(last, Reject)
    assert "ends in the middle" in last.text.en


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"rule": "no.such"}, "rule_unknown"),
        ({"class": "positive"}, "class_wrong"),
        ({"source": "housing-fund"}, "source_not_allowed"),
        ({"source": "a-shop"}, "source_unknown"),
        ({"reported_on": "2026-12-01"}, "date_in_future"),
        ({"resident": "350199199001010014"}, "resident_invalid"),
        ({"id": "N-0"}, "duplicate_number"),
        ({"final": None}, "malformed"),
    ],
)
async def test_each_fault_has_its_line_and_its_reason_and_the_rest_goes_on(
    world: World, tmp_path: Path, values: dict[str, Any], reason: str
) -> None:
    path = tmp_path / "r.ndjson"
    rows = [wire(id="N-0"), {**wire(id="N-1"), **values}, wire(id="N-2")]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    result = await run(world, path)
    assert (result.stored, [(r.line, r.reason) for r in result.rejects]) == (2, [(2, reason)])
    assert YING.id_number not in result.rejects[0].text.en


async def test_a_dry_run_stores_nothing(world: World, tmp_path: Path) -> None:
    result = await run(world, ndjson(tmp_path / "r.ndjson", 5, frozenset({2})), dry=True)
    assert result.rejected == 1
    assert await world.container.store["records"].count_documents({}) == 0
    assert await world.container.store["citizens"].count_documents({}) == 0


class KilledError(Exception):
    """Stands for kill -9 between two batches."""


async def test_a_run_that_was_killed_is_taken_up_and_nothing_is_lost_or_doubled(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "BATCH", 10)
    path, honest, calls = ndjson(tmp_path / "r.ndjson", 96, frozenset({3})), Deliveries.deliver, 0

    async def until_killed(self: Deliveries, by: Any, batch: list[Delivery], *more: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise KilledError
        return await honest(self, by, batch, *more, **named)

    monkeypatch.setattr(Deliveries, "deliver", until_killed)
    with pytest.raises(KilledError):
        await run(world, path)
    stored = await world.container.store["records"].count_documents({})
    assert stored == 39
    result = await run(world, path)
    assert result.resumed_after == 40
    assert result.stored == 56
    assert [r.line for r in result.rejects] == [4]  # all of them, so that the file of rejects is whole
    assert await world.container.store["records"].count_documents({}) == 95
    again = await run(world, path)
    assert (again.stored, again.unchanged, again.resumed_after) == (0, 95, 0)


def test_rejected_lines_come_back_in_their_own_form(
    tmp_path: Path, data_dir_of_nobody: None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.csv"
    path.write_text("\n".join((HEAD, GOOD, BAD)) + "\n", "utf-8")
    data = str(tmp_path / "egret")
    assert main(["import", str(path), "--dry-run", "--data-dir", data]) == 1
    said = capsys.readouterr()
    assert "Checked, nothing stored: 1 would be accepted, 1 rejected." in said.out
    assert "line 3: malformed" in said.err
    given = tmp_path / "r.csv.rejects.csv"
    reason = "final must be true or false (是 or 否)."
    assert given.read_text("utf-8").splitlines() == [f"{HEAD},reason", f"{BAD},{reason}"]
    given.write_text(given.read_text("utf-8").replace("perhaps", "true"), "utf-8")
    assert main(["import", str(given), "--data-dir", data]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "1 stored, 0 corrected, 0 unchanged, 0 refused, 0 rejected"


@pytest.fixture
def data_dir_of_nobody() -> None:
    """The command starts a loop of its own; none may be running here."""
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
