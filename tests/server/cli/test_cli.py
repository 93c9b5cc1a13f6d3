"""Commands: what they print, and their exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest

from schema.engine.documents import document_id
from scoring.engine import assess
from scoring.statement import canonical_json
from server.cli.main import main
from tests.support.demo import Demo, mongod_pids
from tests.support.paths import GOLDEN
from tests.support.people import MOLI, TODAY, YING, record, wire


@pytest.fixture
def records(tmp_path: Path) -> Path:
    path = tmp_path / "records.ndjson"
    path.write_text(json.dumps(wire(id="T1", occurred_on="2026-09-02")) + "\n", "utf-8")
    return path


Run: TypeAlias = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs a command in this process: one of its own takes two seconds to start."""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        code = main(list(arguments))
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return run


def test_score_prints_the_same_bytes_as_the_engine(records: Path, run: Run) -> None:
    done = run("score", "--scheme", "fuzhou-moli", "--records", str(records), "--as-of", "2026-11-23")
    parking = record("traffic.illegal-parking", "2026-09-02", "T1")
    assert done.stdout.encode() == canonical_json(assess(MOLI, [parking], TODAY).to_json()) + b"\n"
    assert done.returncode == 0


def test_verify_tells_a_genuine_statement_from_a_forged_one(records: Path, tmp_path: Path, run: Run) -> None:
    made = run("score", "--scheme", "fuzhou-moli", "--records", str(records), "--as-of", "2026-11-23")
    statement = tmp_path / "statement.json"
    statement.write_text(made.stdout, "utf-8")
    good = run("score", "--verify", str(statement), "--records", str(records))
    assert (good.returncode, good.stdout) == (0, "genuine: 490 on 2026-11-23 by fuzhou-moli 2026-1\n")
    for old, new, fault in (
        ('"value":490', '"value":990', "value"),
        ('"points":-10', '"points":-1', "lines"),
        ('"as_of":"2026-11-23"', '"as_of":"2026-12-23"', "lines"),
        ('"version":"2026-1"', '"version":"2025-9"', "another version"),
    ):
        statement.write_text(made.stdout.replace(old, new), "utf-8")
        forged = run("score", "--verify", str(statement), "--records", str(records))
        assert forged.returncode == 1
        assert fault in forged.stdout
    statement.write_text("{}", "utf-8")
    assert "is no statement" in run("score", "--verify", str(statement), "--records", str(records)).stderr


def test_a_folders_statement_is_made_and_verified_with_its_folder(tmp_path: Path, run: Run) -> None:
    folder, statement = GOLDEN / "tiny-town", tmp_path / "statement.json"
    helped = wire(source="town-hall", rule="fair.helped") | {"class": "positive"}
    records = tmp_path / "records.ndjson"
    records.write_text(json.dumps(helped) + "\n", "utf-8")
    made = run("score", "--scheme", str(folder), "--records", str(records), "--as-of", "2026-11-23")
    statement.write_text(made.stdout, "utf-8")
    verify = ("score", "--verify", str(statement), "--records", str(records))
    assert run(*verify, "--scheme", str(folder)).stdout == "genuine: 60 on 2026-11-23 by tiny-town 1\n"
    assert "is of tiny-town, which does not ship with Egret; give its folder by --scheme" in run(*verify).stderr


def test_score_refuses_bad_records_and_several_people(records: Path, run: Run) -> None:
    other = json.dumps(wire(id="T2", resident="350199199806150015"))
    records.write_text(records.read_text("utf-8") + other, "utf-8")
    done = run("score", "--scheme", "fuzhou-moli", "--records", str(records), "--as-of", "2026-11-23")
    assert (done.returncode, done.stdout) == (1, "")
    assert "several people" in done.stderr
    for text, complaint in (("{nonsense", "line 1: malformed"), ("nonsense", "There is no header")):
        records.write_text(text, "utf-8")
        done = run("score", "--scheme", "fuzhou-moli", "--records", str(records), "--as-of", "2026-11-23")
        assert done.returncode == 1
        assert complaint in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("score", "--scheme", "atlantis", "--records", "x", "--as-of", "2026-11-23"), "there are: fuzhou-moli"),
        (("score", "--scheme", "fuzhou-moli", "--records", "none", "--as-of", "2026-11-23"), "No such file"),
        (("serve",), "Set EGRET_TOKEN_KEY"),
        (("worker",), "Set EGRET_TOKEN_KEY"),
        (("import", "x"), "Set EGRET_TOKEN_KEY"),
    ],
)
def test_a_failure_is_one_sentence(
    arguments: tuple[str, ...], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(list(arguments)) == 1
    error = capsys.readouterr().err
    assert complaint in error
    assert "Traceback" not in error


def test_whatever_is_wrong_with_the_settings_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EGRET_SMS_URL", "http://sms.city.example")
    monkeypatch.setenv("EGRET_HOST", "0.0.0.0")  # noqa: S104 - what an image listens on
    assert main(["serve"]) == 1
    said = capsys.readouterr().err
    named = ("token_key", "index_key", "master_key", "wechat_token", "wechat_aes_key", "wechat_app_secret")
    for name in (*named, "public_url", "sms_url", "scheme"):
        assert f"Set EGRET_{name.upper()}" in said


def test_a_setting_that_cannot_be_read_hides_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EGRET_PORT", "soon")
    monkeypatch.setenv("EGRET_WECHAT_AES_KEY", "short")
    assert main(["serve"]) == 1
    said = capsys.readouterr().err.splitlines()
    for name in ("port", "wechat_aes_key", "token_key", "scheme"):
        assert len([line for line in said if f"Set EGRET_{name.upper()}" in line]) == 1
    assert "43 letters and digits" in "\n".join(said)
    assert "egret demo" in said[-1]


@pytest.mark.parametrize("arguments", [(), ("dance",), ("score",), ("demo", "--residents", "1")])
def test_wrong_usage_is_2(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert stopped.value.code == 2


def test_schema_prints_the_trusted_documents_by_their_ids(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Mine.graphql").write_text("query Mine { scheme { base } }", "utf-8")
    monkeypatch.setenv("EGRET_TRUSTED_DOCUMENTS", str(tmp_path))
    assert main(["schema", "--manifest"]) == 0
    known = json.loads(capsys.readouterr().out)
    assert known[document_id("query Mine { scheme { base } }")] == "query Mine { scheme { base } }"


def test_schema_prints_the_sdl(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert "type Query {" in capsys.readouterr().out


def test_scheme_check_has_no_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scheme", "check"]) == 0
    assert "fuzhou-moli: no findings" in capsys.readouterr().out


def test_scheme_card_prints_the_public_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scheme", "card", "--language", "en"]) == 0
    out = capsys.readouterr().out
    assert "# Moli score 2026-1" in out
    assert "# Bailu score 2026-1" in out


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "egret"
    yield folder
    for pid in mongod_pids(folder):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.long
def test_the_demo_from_nothing_to_a_second_start(data_dir: Path, records: Path, run: Run) -> None:
    demo = Demo(data_dir)
    base = demo.base_url()
    text = demo.log.read_text("utf-8")
    assert all(name in text for name in ("陈小萤", "林一帆", "吴若水", "agent", "approver", "egp_"))
    scheme = httpx.post(f"{base}/graphql", json={"query": "{ scheme { code } }"}).json()
    assert scheme["data"]["scheme"]["code"] == "fuzhou-moli"
    done = run("import", str(records), "--data-dir", str(data_dir))
    assert done.stdout.splitlines() == [
        "Read as NDJSON, UTF-8; lines of records: 1.",
        "1 stored, 0 corrected, 0 unchanged, 0 refused, 0 rejected",
    ]
    assert mongod_pids(data_dir)
    assert demo.stop() == 0
    assert mongod_pids(data_dir) == []

    again = Demo(data_dir)
    again.base_url()
    assert "居民" not in again.log.read_text("utf-8")
    assert again.stop(signal.SIGTERM) == 0
    assert "every audit chain is whole" in run("audit", "verify", "--data-dir", str(data_dir)).stdout


@pytest.mark.long
def test_kill_9_of_the_parent_leaves_no_orphan_and_sound_data(data_dir: Path) -> None:
    demo = Demo(data_dir)
    demo.base_url()
    (mongod,) = mongod_pids(data_dir)
    demo.stop(signal.SIGKILL)
    for _ in range(200):
        if not mongod_pids(data_dir):
            break
        time.sleep(0.05)
    assert mongod not in mongod_pids(data_dir)
    again = Demo(data_dir)
    again.base_url()
    assert again.stop() == 0


@pytest.mark.long
def test_two_runs_on_one_day_make_the_same_city(tmp_path: Path) -> None:
    from random import Random

    from server.demo.people import residents
    from server.demo.records import RecordMaker

    def city() -> list[object]:
        random = Random("seed")
        people = list(residents(MOLI.city.demo.region, 200, random, TODAY))
        maker = RecordMaker(MOLI, random, TODAY)
        return [*people, *(maker.someone() for _ in people)]

    assert city() == city()
    assert len({p.id_number for p in city()[:200]}) == 200  # type: ignore[attr-defined]


def test_a_port_in_use_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["demo", "--no-open", "--port", port, "--data-dir", str(tmp_path)]) == 1
    assert "choose another --port" in capsys.readouterr().err
    assert YING.name not in capsys.readouterr().out
