"""Log lines: JSON with the request's id, nothing personal, faults by type and place, and never a flood."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from server.chat.turn_handler import TurnHandler
from server.platform.observability import flood, logs, metrics, requests
from tests.support.people import YING, record
from tests.support.world import Chat, World


class Lines(logging.Handler):
    """What a process would write to standard error."""

    def __init__(self) -> None:
        super().__init__()
        self.stream = io.StringIO()
        self.setFormatter(logs.formatter("json"))

    def emit(self, record: logging.LogRecord) -> None:
        self.stream.write(self.format(record) + "\n")

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger(flood.ACCESS).setLevel(logging.NOTSET)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_line_is_one_json_object_with_the_same_fields_anyone_who_writes_it(lines: Lines) -> None:
    with requests.bound("a-request-id"):
        logging.getLogger("egret.outbox").warning("%s not delivered, try %d: %s", "sms", 2, "ConnectError")
        structlog.stdlib.get_logger("egret.other").warning("something", count=3)
    ours, other = lines.all()
    assert ours["event"] == "sms not delivered, try 2: ConnectError"
    assert (ours["level"], ours["logger"], ours["request_id"]) == ("warning", "egret.outbox", "a-request-id")
    assert other["count"] == 3
    assert {"timestamp", "level", "logger", "event", "request_id"} <= ours.keys() & other.keys()


def test_a_fault_is_told_by_its_type_and_places_and_so_is_its_cause(lines: Lines) -> None:
    try:
        try:
            raise KeyError(YING.id_number)
        except KeyError as error:
            raise RuntimeError(f"{YING.name} {YING.phone} secret words") from error
    except RuntimeError:
        logging.getLogger("some.library").exception("broke for %s\nand a second line %s", YING.name, "words")
    (line,) = lines.all()
    assert [one["type"] for one in line["exception"]] == ["RuntimeError", "KeyError"]
    assert "test_logs.py" in line["exception"][0]["frames"][0]
    for canary in (YING.id_number, YING.name, YING.phone, "secret words", "second line"):
        assert canary not in lines.text


def test_a_line_whose_arguments_do_not_fit_is_not_printed_in_parts(
    lines: Lines, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", logging.raiseExceptions)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logging.captureWarnings(capture=False)  # as another test may have left it
    logs.set_up("json")
    logging.getLogger("egret").error("%d", YING.id_number + "!")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn(f"of {YING.id_number}", stacklevel=1)
    logging.captureWarnings(capture=False)
    told = capsys.readouterr().err
    assert "py.warnings" in told
    assert YING.id_number not in told


def test_what_repeats_is_said_a_few_times_a_minute_with_how_often_it_was_not() -> None:
    now, dropped = [0.0], [0]

    def drop() -> None:
        dropped[0] += 1

    guard = flood.Flood(drop, lambda: now[0])
    line = logging.LogRecord("egret.outbox", logging.WARNING, "outbox.py", 116, "outbox pauses: %s", ("X",), None)
    assert sum(guard.filter(line) for _ in range(10_000)) == flood.MOST_ALIKE
    assert dropped[0] == 10_000 - flood.MOST_ALIKE
    now[0] += flood.WINDOW_SECONDS
    assert guard.filter(line)
    assert vars(line)["left_out"] == 10_000 - flood.MOST_ALIKE


def test_the_volume_has_a_limit_however_many_places_write() -> None:
    guard = flood.Flood(lambda: None, lambda: 0.0)
    places = [logging.LogRecord("egret", logging.INFO, "a.py", n, "x", (), None) for n in range(20_000)]
    assert sum(map(guard.filter, places)) <= flood.MOST_LINES


def test_requests_have_a_line_each_up_to_a_rate_and_faults_always() -> None:
    guard = flood.Flood(lambda: None, lambda: 0.0)
    fine = logging.LogRecord(flood.ACCESS, logging.INFO, "m.py", 1, {"event": "request"}, (), None)
    bad = logging.LogRecord(flood.ACCESS, logging.WARNING, "m.py", 2, {"event": "request"}, (), None)
    assert sum(guard.filter(fine) for _ in range(1000)) == flood.MOST_REQUESTS
    assert guard.filter(bad)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("0b1f2c3d4e5f60718293a4b5c6d7e8f9", True),
        ("proxy-7f3a.42", True),
        (YING.id_number, False),
        (f"x-{YING.phone}-y", False),
        ("short", False),
        ("a" * 65, False),
        ("with space in it", False),
        ("new\nline-in-it", False),
        (None, False),
    ],
)
def test_a_well_formed_request_id_is_taken_and_any_other_replaced(given: str | None, taken: bool) -> None:
    assert (requests.request_id(given) == given) is taken


async def test_one_request_id_joins_the_request_the_chat_message_and_what_the_worker_does_for_it(
    world: World, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []
    honest = TurnHandler.take

    async def turn(self: TurnHandler, *given: Any) -> Any:
        seen.append(requests.current())
        return await honest(self, *given)

    monkeypatch.setattr(TurnHandler, "take", turn)
    await world.register(YING)
    chat = Chat(world)
    for said in ("绑定", "1", YING.name, YING.id_number, YING.phone):
        await chat.say(said)
    access = [line for line in lines.all() if line["logger"] == "egret.access" and line["route"] == "/wechat"]
    assert [line["request_id"] for line in access] == seen
    assert len(set(seen)) == 5
    (row,) = await world.container.store["outbox"].find({"kind": "sms"}).to_list(None)
    assert row["request"] == seen[-1]
    bound: list[dict[str, Any]] = []

    async def deliver(kind: str, payload: Any, row_id: str) -> None:
        bound.append(structlog.contextvars.get_contextvars())

    await world.container.outbox.deliver_one(deliver)
    assert bound == [{"request_id": seen[-1], "job": "sms"}]


async def test_a_request_has_one_line_with_its_template_and_the_id_goes_back(world: World, lines: Lines) -> None:
    response = await world.http.get(
        f"/h5/bind/{YING.id_number}?phone={YING.phone}", headers={"x-request-id": "p-123456789"}
    )
    assert response.headers["x-request-id"] != "p-123456789"  # it looks like a number of someone
    await world.http.get(f"/nowhere/{YING.name}", headers={"x-request-id": "proxy-abc.1"})
    document = (await world.http.get("/graphql", params={"query": "query Mine { __typename }"})).json()
    assert document["data"]
    bind, nowhere, graphql = [line for line in lines.all() if line["logger"] == "egret.access"]
    assert (bind["method"], bind["route"], bind["status"]) == ("GET", "/h5/bind/{token}", response.status_code)
    assert (nowhere["route"], nowhere["status"], nowhere["request_id"]) == ("other", 404, "proxy-abc.1")
    assert (graphql["route"], graphql["operation"]) == ("/graphql", "other")
    assert YING.id_number not in lines.text
    assert YING.phone not in lines.text
    assert YING.name not in lines.text


async def test_a_fault_of_ours_has_its_request_and_tells_nothing(
    world: World, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_given: Any) -> None:
        raise ValueError(f"{YING.name} {YING.id_number}")

    monkeypatch.setattr(world.container.sessions, "principal_of", broken)
    with pytest.raises(ValueError, match="陈"):
        await world.http.post("/graphql", json={"query": "{ scheme { id } }"})
    fault, access = lines.all()[-2:]
    assert fault["event"] == "a request failed: ValueError"
    assert (access["status"], access["level"]) == (500, "warning")
    assert fault["request_id"] == access["request_id"]
    assert YING.name not in lines.text


async def test_probes_leave_no_line(world: World, lines: Lines) -> None:
    for path in ("/livez", "/readyz", "/metrics"):
        assert (await world.http.get(path)).status_code == 200
    assert "egret.access" not in lines.text


async def test_no_canary_is_in_any_line_number_or_error_of_a_whole_story(world: World, lines: Lines) -> None:
    """Binding, scores, a dispute in someone's own words, bad input: then every output is searched."""
    logging.getLogger().setLevel(logging.DEBUG)
    await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02", "CANARY-DOC-77"))
    chat = Chat(world)
    for said in (
        "查询",
        "明细",
        "异议 1",
        "1",
        "我叫欧阳测试住在鼓楼区",
        "提交",
        "确认",
        "隐私",
        YING.id_number,
        YING.phone,
    ):
        await chat.say(said)
    await world.deliver_outbox()
    token = await world.mini_program()
    asked = f'{{ record(id: "{YING.phone}") {{ id }} }}'
    bad = (f'{{ me(x: "{YING.id_number}") }}', f"query {YING.name} {{ x }}", asked)
    told = [json.dumps(await world.ask(document, token=token), ensure_ascii=False) for document in bad]
    told.append((await world.http.get("/graphql", headers={"authorization": f"Bearer {YING.id_number}"})).text)
    told += [lines.text, metrics.exposition().decode()]
    canaries = (YING.name, YING.id_number, YING.phone, "o-test", "CANARY-DOC-77", "欧阳测试", token)
    for canary in canaries:
        assert not any(canary in one for one in told), canary


def test_the_steps_of_a_letters_making_are_no_lines() -> None:
    logs.set_up("text", access=False)
    for name in ("weasyprint", "weasyprint.progress", "fontTools.subset"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
