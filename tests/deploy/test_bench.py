"""The benchmarks' one command, and the capacity page that is derived from it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import DEPLOY

BENCH = DEPLOY / "bench"
_NOT_RUN = {"all.py", "capacity.py", "peers.py", "api/peers.py"}


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"egret_bench_{name}", BENCH / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


BENCHMARKS = load("all")
CAPACITY = load("capacity")


def test_every_benchmark_is_in_the_one_command_and_in_the_readme() -> None:
    scripts = {str(path.relative_to(BENCH)) for path in BENCH.rglob("*.py") if "node_modules" not in path.parts}
    assert {one.script for one in BENCHMARKS.BENCHMARKS} == scripts - _NOT_RUN
    readme = (BENCH / "README.md").read_text("utf-8")
    assert all(f"`{script}`" in readme for script in scripts - {"api/peers.py"})


SAID = {
    "wechat": "    egret: 60, 61 µs; median 61 µs, best 60 µs\nratio: 3.50 (wechatpy / egret, medians)",
    "engine": "one statement, 30 records            120 µs\n   1,000,000     0.512   12,345,678           98.7",
    "rescore": "20,000 citizens, 120,000 records, 1,000 scores changed as of 2026-11-24\n"
    "  rescore 3.21 s with 2 workers, 300 MiB in all its processes\n"
    "  drain   1.00 s, median 1.00 s, 20 MB in batches of 1,000: ratio 3.21",
    "import_file": "median: egret import 4,321 records/s, insert_many 8,642/s: 50%\n"
    "median: CSV in UTF-8 4,000 records/s, in GB18030 3,600/s: 90%\n"
    "median: XLSX read and checked 25,000 rows/s",
    "chat": "            egret:   1180 messages/s, p50  25.8 ms, p99  44.1 ms (1180/s p50 25.8 p99 44.1); "
    "throughput egret/this 1.00, p99 this/egret 1.00\n"
    + "".join(
        f"{peer:>17}:    618 messages/s, p50  50.7 ms, p99  74.4 ms (618/s p50 50.7 p99 74.4); "
        "throughput egret/this 1.91, p99 this/egret 1.69\n"
        for peer in BENCHMARKS.PEERS
    ),
    "plan": "          compiled:     900 µs,   1.0 x   (900)\n             stock:    9000 µs,  10.0 x   (9000)",
}


@pytest.mark.parametrize("name", SAID)
def test_figures_are_read_from_what_benchmarks_print(name: str) -> None:
    one = next(one for one in BENCHMARKS.BENCHMARKS if one.name == name)
    rows = BENCHMARKS.rows_of(one, SAID[name], None)
    assert len(rows) == len(one.figures)
    assert all(unit for _, _, _, unit, _ in rows), rows


def test_the_table_has_value_unit_and_ratio() -> None:
    one = next(one for one in BENCHMARKS.BENCHMARKS if one.name == "import_file")
    text = BENCHMARKS.table(BENCHMARKS.rows_of(one, SAID["import_file"], None))
    head, _, row, *_ = text.splitlines()
    assert head.split() == ["benchmark", "figure", "value", "unit", "ratio"]
    assert row.split() == ["import_file", "import", "of", "records", "4,321", "/s", "0.50"]


def test_what_cannot_run_says_why() -> None:
    one = next(one for one in BENCHMARKS.BENCHMARKS if one.name == "api")
    assert BENCHMARKS.rows_of(one, "", "needs wrk") == [("api", "needs wrk", "", "", "")]


def test_a_saved_figure_stays_where_its_benchmark_does_not_run(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    BENCHMARKS.save(path, [("a", "x", "1,234", "s", "0.50")], full=False)
    BENCHMARKS.save(path, [("b", "y", "2", "s", ""), ("c", "needs wrk", "", "", "")], full=True)
    assert json.loads(path.read_text("utf-8"))["figures"] == {
        "a: x": {"value": 1234.0, "unit": "s", "ratio": 0.5},
        "b: y": {"value": 2.0, "unit": "s", "ratio": None},
    }


@pytest.mark.long
def test_one_benchmark_runs_by_itself() -> None:
    command = [sys.executable, str(BENCH / "all.py"), "--only", "wechat"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "protocol in and out" in done.stdout


def test_the_capacity_page_is_what_its_script_makes_of_the_figures() -> None:
    text = (DEPLOY / "capacity.md").read_text("utf-8")
    made = text.partition(CAPACITY.BEGIN)[2].partition(CAPACITY.END)[0].strip()
    assert made == CAPACITY.page(), "run deploy/bench/capacity.py --write"


def test_every_assumption_is_named() -> None:
    assert CAPACITY.SAYS.keys() == {field.name for field in CAPACITY.fields(CAPACITY.Assumed)}


def test_a_larger_city_needs_no_less() -> None:
    assumed, measured = CAPACITY.Assumed(), CAPACITY.Measured()
    cities = [CAPACITY.needs(size, assumed, measured) for size in CAPACITY.SIZES]
    for name in ("cores", "servers", "night", "data", "hot", "commands", "shards"):
        values = [getattr(city, name) for city in cities]
        assert values == sorted(values), name
    assert cities[2].data == pytest.approx(cities[0].data * 20)
