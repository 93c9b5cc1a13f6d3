"""`egret import`: goes on past bad lines, gives them back to be corrected, and is taken up after a kill."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from schema.types.principal import OPERATOR
from scoring.identity import check_character
from scoring.records import Delivery
from server.cli.main import main
from server.sources import importer
from server.sources.deliver import Deliveries
from server.sources.files.faults import Line, Reject
from server.sources.files.rejects import rejects_path
from server.sources.files.understanding import understand
from server.sources.files.workbook import WorkbookWriter
from server.sources.importer import Imported, Importer
from tests.support.files import lines_of
from tests.support.people import FAN, MOLI, TODAY, YING, wire
from tests.support.world import World

HEAD = "id,resident,source,rule,class,occurred_on,reported_on,final,facts"
GOOD = f'C-1,{YING.id_number},power,utility.power-overdue,notice,2026-11-01,2026-11-10,true,"{{""amount"": 80}}"'
BAD = f"C-2,{YING.id_number},power,utility.power-overdue,notice,2026-11-01,2026-11-10,perhaps,"


GOOD_CELLS = next(csv.reader([GOOD]))
BAD_CELLS = next(csv.reader([BAD]))


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


async def test_a_batch_about_more_people_than_get_keys_at_once_is_stored_whole(world: World, tmp_path: Path) -> None:
    starts = [f"35019919900101{n:03d}" for n in range(1, 121)]
    path = tmp_path / "r.ndjson"
    rows = [wire(id=f"N-{start}", resident=start + check_character(start)) for start in starts]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    result = await run(world, path)
    known = {row["citizen"] async for row in world.container.store["records"].find({}, {"citizen": 1})}
    assert (result.stored, len(known)) == (120, 120)


def test_as_many_lines_are_counted_before_reading_as_are_read(tmp_path: Path) -> None:
    path = tmp_path / "r.ndjson"
    good = json.dumps(wire(id="N-1"), ensure_ascii=False)
    path.write_bytes("\n".join(["", good, good + ",", "[1]", "  ", "{残缺", '"text"', good]).encode() + b"\n{\xff}\n")
    assert understand(path).lines == len(lines_of(path)) == 7


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_how_far_a_large_file_was_looked_through_is_told_in_bytes_up_to_its_end(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.sources.files.lines.MANY_LINES", 10)
    monkeypatch.setattr("server.sources.files.understanding.MANY_LINES", 10)
    path, told = tmp_path / f"records.{form}", []
    row = wire()
    header, line = ",".join(row), ",".join(map(str, row.values()))
    texts = [json.dumps(row)] * 3000 if form == "ndjson" else [header, *[line] * 3000]
    path.write_text("\n".join(texts), "utf-8")
    understand(path, lambda *far: told.append(far))
    size = path.stat().st_size
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert (told[0][1] < size, told[-1]) == (True, ("bytes looked through", size, size))


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


async def annul(world: World, number: str) -> None:
    index = world.container.vault.blind("document:traffic-police", number)
    values = {"status": "annulled", "ended": "issued_in_error"}
    await world.container.store["records"].update_one({"document_index": index}, {"$set": values})


async def test_what_was_refused_has_its_line_and_its_reason_and_comes_back(world: World, tmp_path: Path) -> None:
    await run(world, ndjson(tmp_path / "first.ndjson", 3))
    await annul(world, "N-1")
    rows = [wire(id="N-0", resident=FAN.id_number), wire(id="N-1", final=False), wire(id="N-2"), wire(id="N-3")]
    path = tmp_path / "second.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    back: list[Reject] = []
    result = await run(world, path, reject=back.append)
    assert (result.stored, result.corrected, result.unchanged, result.refused, result.rejected) == (1, 0, 1, 2, 0)
    assert [(r.line, r.reason) for r in back] == [(1, "other_person"), (2, "annulled")]
    assert [json.loads(str(r.raw))["id"] for r in back] == ["N-0", "N-1"]
    assert "about another person" in back[0].text.en
    assert "另一个人" in back[0].text.zh


async def test_a_run_that_is_taken_up_gives_back_what_an_earlier_one_was_refused_once(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(world, ndjson(tmp_path / "first.ndjson", 40))
    monkeypatch.setattr(importer, "BATCH", 10)
    rows = [wire(id=f"N-{n}", resident=FAN.id_number if n in (3, 17, 33) else YING.id_number) for n in range(60)]
    path = tmp_path / "second.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    honest, calls = Deliveries.deliver, 0

    async def until_killed(self: Deliveries, by: Any, batch: list[Delivery], *more: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KilledError
        return await honest(self, by, batch, *more, **named)

    with monkeypatch.context() as patched:
        patched.setattr(Deliveries, "deliver", until_killed)
        with pytest.raises(KilledError):
            await run(world, path)
    back: list[Reject] = []
    result = await run(world, path, reject=back.append)
    assert (result.resumed_after, result.earlier) == (20, 18)
    assert [r.line for r in back] == [4, 18, 34]
    assert result.stored + result.unchanged + result.refused + result.earlier == 60
    assert await world.container.store["imports"].count_documents({}) == 0


async def test_records_with_much_in_them_are_stored_fewer_at_a_time(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "_MOST_CHARACTERS", 1000)
    sizes: list[int] = []
    honest = Deliveries.deliver

    async def counted(self: Deliveries, by: Any, batch: list[Delivery], *more: Any, **named: Any) -> Any:
        sizes.append(len(batch))
        return await honest(self, by, batch, *more, **named)

    monkeypatch.setattr(Deliveries, "deliver", counted)
    result = await run(world, ndjson(tmp_path / "r.ndjson", 20))
    assert result.stored == 20
    assert max(sizes) < 8


async def test_a_record_of_the_largest_size_is_stored_among_others(world: World, tmp_path: Path) -> None:
    facts = {f"事实{n}": "长" * 2000 for n in range(20)}
    path = tmp_path / "r.ndjson"
    rows = [wire(id="N-0"), wire(id="N-1", facts=facts), wire(id="N-2", facts={"k": "长" * 6_000_000}), wire(id="N-3")]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    result = await run(world, path)
    assert (result.stored, [r.line for r in result.rejects]) == (3, [3])


@pytest.mark.long
@pytest.mark.parametrize("name", ["r.csv", "r.csv.gz", "r.xlsx"])
def test_a_corrected_file_of_rejects_is_sent_as_it_is(
    tmp_path: Path, database_of_commands: None, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path, data = tmp_path / name, str(tmp_path / "egret")
    write_table(path, [[*HEAD.split(","), "当事人"], [*GOOD_CELLS, "陈小萤"], [*BAD_CELLS, "陈小萤"]])
    assert main(["import", str(path), "--data-dir", data, "--language", "zh"]) == 1
    said = capsys.readouterr()
    assert "新增1，更正0，未变0，拒绝0，退回1。" in said.out
    assert "第3行：“final”请填是或否（true或false）。（malformed）" in said.err
    given = rejects_path(understand(path))
    header, line = cells_of(given)
    assert (header[-1], line[-1]) == ("reason", "“final”请填是或否（true或false）。")
    write_table(given, [header, ["是" if cell == "perhaps" else cell for cell in line]])
    assert main(["import", str(given), "--data-dir", data]) == 0
    assert "1 stored, 0 corrected, 0 unchanged, 0 refused, 0 rejected" in capsys.readouterr().out


def write_table(path: Path, rows: list[list[str]]) -> None:
    if path.suffix == ".xlsx":
        with path.open("wb") as file, WorkbookWriter(file) as writer:
            for row in rows:
                writer.write(row)
        return
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    content = text.getvalue().encode("gb18030")
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def cells_of(path: Path) -> list[list[str]]:
    if path.suffix == ".xlsx":
        return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()  # type: ignore[return-value] # text
    content = path.read_bytes()
    content = gzip.decompress(content) if path.suffix == ".gz" else content
    return list(csv.reader(content.decode("gb18030").splitlines()))


@pytest.mark.long
def test_corrections_in_a_file_of_rejects_are_not_written_over(
    tmp_path: Path, database_of_commands: None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.csv"
    path.write_text("\n".join((HEAD, GOOD, BAD)) + "\n", "utf-8")
    command = ["import", str(path), "--dry-run", "--data-dir", str(tmp_path / "egret")]
    for _ in range(2):
        assert main(command) == 1
    given = tmp_path / "r.csv.rejects.csv"
    given.write_text("corrected", "utf-8")
    assert main(command) == 1
    assert given.read_text("utf-8") == "corrected"
    assert str(tmp_path / "r.csv.rejects-2.csv") in capsys.readouterr().out
    assert main([*command, "--rejects", str(given)]) == 1
    assert given.read_text("utf-8") != "corrected"
    assert {file.name for file in tmp_path.glob("r.csv*")} == {"r.csv", "r.csv.rejects.csv", "r.csv.rejects-2.csv"}


def test_the_file_itself_cannot_be_the_file_of_rejects(
    tmp_path: Path, database_of_commands: None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.csv"
    path.write_text("\n".join((HEAD, BAD)) + "\n", "utf-8")
    before = path.read_bytes()
    assert main(["import", str(path), "--rejects", str(path), "--data-dir", str(tmp_path / "egret")]) == 1
    assert "cannot be the file that is imported" in capsys.readouterr().err
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            ["form: CSV", "coding: GB18030", "separator: ,", "header: line 2", "  文号 → id", "  当事人 → (not read)"],
        ),
        ("zh", ["格式：CSV", "编码：GB18030", "分隔符：,", "表头：第2行", "  文号 → id", "  当事人 → （不读取）"]),
    ],
)
def test_a_file_is_explained_without_a_database(
    tmp_path: Path,
    database_of_commands: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    expected: list[str],
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8" if language == "zh" else "C.UTF-8")
    monkeypatch.setenv("EGRET_SCHEME", "fuzhou-moli")
    path = tmp_path / "r.csv"
    head = ["文号", "证件号码", "来源", "规则", "类别", "发生日期", "上报日期", "是否终局", "附加信息", "当事人"]
    write_table(path, [["行政处罚信息公示表"], head, [*GOOD_CELLS, "陈小萤"], [*BAD_CELLS, "陈小萤"]])
    assert main(["import", "--explain", str(path)]) == 0
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert [line for line in expected if line not in lines] == []
    assert "id=C-1, resident=3501**********0015, source=power" in said
    assert YING.id_number not in said
    assert {path.name for path in tmp_path.iterdir()} == {"r.csv"}


def test_a_file_that_cannot_be_read_is_one_sentence_in_the_operators_language(
    tmp_path: Path, database_of_commands: None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(b"%PDF-1.7")
    assert main(["import", str(path), "--data-dir", str(tmp_path / "egret"), "--language", "zh"]) == 1
    assert capsys.readouterr().err == "egret: 这是PDF文件，不是表格。请导出为Excel或CSV。\n"


def test_rejected_lines_come_back_in_their_own_form(
    tmp_path: Path, database_of_commands: None, capsys: pytest.CaptureFixture[str]
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
