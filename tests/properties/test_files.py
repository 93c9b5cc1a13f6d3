"""Any file at all, in any form and coding: each line is counted once, and nothing garbled is accepted."""

from __future__ import annotations

import gzip
import io
import json
import tempfile
from pathlib import Path

import hypothesis
from hypothesis import strategies as st

from server.sources.files.faults import SENTENCES, Line, Reject, UnreadableDeliveryError
from server.sources.files.reading import read
from server.sources.files.rejects import rejects_path, rejects_writer
from server.sources.files.understanding import Understood, understand
from server.sources.files.workbook import WorkbookWriter
from tests.support.people import MOLI, TODAY, wire

HEAD = ["id", "resident", "source", "rule", "class", "occurred_on", "reported_on", "final", "备注"]
ODD = st.sampled_from(
    [
        "",
        '"',
        '""',
        ",",
        "\r",
        "\n",
        "\r\n",
        "\0",
        "\ufffd",
        "\ufeff",
        "榕公罚〔2026〕12号",
        "É",
        "𠮷",
        "\x85",
        "\u2028",
        "=",
    ]
)
TEXT = st.lists(ODD | st.text(max_size=5), max_size=4).map("".join)
CODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "gb18030"])
CUT = SENTENCES["line_cut"]
CELL = st.sampled_from([str(value) for value in wire().values()]) | TEXT


def bytes_of(text: str, coding: str) -> bytes:
    return text.encode(coding, "replace")


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """A header and rows, most of them good, in any coding."""
    rows = []
    for number in range(draw(st.integers(0, 6))):
        row = [str(value) for value in wire(id=f"A-{number}").values()] + [draw(TEXT)]
        if draw(st.booleans()):
            row[draw(st.integers(0, len(row) - 1))] = draw(CELL)
        rows.append(draw(st.sampled_from([",", ",", ",", ";"])).join(row))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    return bytes_of(end.join([",".join(HEAD), *rows]), draw(CODINGS))


@st.composite
def objects(draw: st.DrawFn) -> bytes:
    """Lines of JSON, most of them records, in any coding."""
    lines = [
        draw(TEXT) if draw(st.integers(0, 4)) == 0 else json.dumps(wire(id=f"A-{n}{draw(TEXT)}"), ensure_ascii=False)
        for n in range(draw(st.integers(1, 6)))
    ]
    return bytes_of("\n".join(lines), draw(CODINGS))


@st.composite
def workbooks(draw: st.DrawFn) -> bytes:
    """A workbook of text cells."""
    file = io.BytesIO()
    with WorkbookWriter(file) as writer:
        writer.write(HEAD)
        for number in range(draw(st.integers(0, 5))):
            row = [str(value) for value in wire(id=f"A-{number}").values()]
            row[draw(st.integers(0, len(row) - 1))] = draw(CELL)
            writer.write(row)
    return file.getvalue()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Any of them whole, gzipped, cut, with bytes changed or with something behind it; or anything at all."""
    content = draw(tables() | objects() | workbooks() | st.binary(max_size=300))
    if draw(st.booleans()):
        content = gzip.compress(content, mtime=0)
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(content)))
        content = content[:place] + draw(st.binary(max_size=3)) + content[place + draw(st.integers(0, 3)) :]
    return content[: draw(st.integers(0, len(content)))] if draw(st.integers(0, 4)) == 0 else content


def garbled(found: Line) -> bool:
    """Whether something that no decoding makes would be stored."""
    record = found.delivery.record
    return any(c == "\ufffd" or "\ud800" <= c <= "\udfff" for c in f"{record.id}{record.facts}{record.source}")


def read_all(path: Path) -> tuple[Understood, list[Line | Reject]] | None:
    try:
        found = understand(path)
    except UnreadableDeliveryError:
        return None
    return found, list(read(found, MOLI, on=TODAY))


@hypothesis.settings(
    max_examples=400, suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large]
)
@hypothesis.given(damaged(), st.sampled_from(["r", "r.csv", "r.CSV.gz", "r.xlsx", "r.ndjson"]))
def test_any_file_is_read_to_its_end_or_refused_in_a_sentence(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        result = read_all(path)
        if result is None:
            return
        found, lines = result
        numbers = [line.number if isinstance(line, Line) else line.line for line in lines]
        assert numbers == sorted(set(numbers))
        assert found.lines == len(lines)
        assert not any(garbled(line) for line in lines if isinstance(line, Line))
        check_rejects(found, [line for line in lines if isinstance(line, Reject)])


def check_rejects(found: Understood, rejects: list[Reject]) -> None:
    """What was rejected comes back, can be read as it is, and holds as many lines."""
    path = rejects_path(found)
    with rejects_writer(path, found, "zh") as add:
        for reject in rejects:
            add(reject)
    again = read_all(path)
    if again is None:
        return
    assert again[0].form is found.form
    good_alone = [reject for reject in rejects if reject.reason == "duplicate_number" or reject.text == CUT]
    assert sum(isinstance(line, Line) for line in again[1]) <= len(good_alone)
