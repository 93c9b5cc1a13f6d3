"""Traces: from a chat message to the MongoDB commands that it took, without anything of a person."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from server.app import build_app
from server.container import build_container
from server.container.collections import COLLECTIONS
from server.platform.db import Commands, Store, open_store
from server.platform.observability.traces import TRACES, Traces, collector
from server.platform.observability.watch import CommandWatch
from server.settings import Settings
from tests.conftest import SetClock, _LateTransport
from tests.support.people import YING, record
from tests.support.world import Chat, World

PARENT = f"00-{'1' * 32}-{'2' * 16}-01"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    TRACES.use(provider)
    yield exporter
    TRACES.close()


@pytest_asyncio.fixture(params=["motor", "pymongo"])
async def traced(
    request: pytest.FixtureRequest, store: Store, settings: Settings, clock: SetClock, spans: InMemorySpanExporter
) -> AsyncIterator[World]:
    """A world whose drivers tell of their commands."""
    listening = open_store(store.uri, store.name, request.param, [Commands(CommandWatch(), COLLECTIONS)])
    transport = _LateTransport()
    async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as http:
        container = build_container(settings, listening, http, clock)
        transport.app = app = build_app(container)
        app.state.people = []
        yield World(container, app, http, clock)
        await container.vault.close()
    await listening.close()


def chain(span: ReadableSpan, all_: tuple[ReadableSpan, ...]) -> list[str]:
    """The names from the root of its trace down to a span."""
    known = {one.context.span_id: one for one in all_ if one.context is not None}
    names: list[str] = []
    found: ReadableSpan | None = span
    while found is not None:
        names.insert(0, found.name)
        found = known.get(found.parent.span_id) if found.parent is not None else None
    return names


async def test_one_chat_message_is_one_trace_that_reaches_mongodb(traced: World, spans: InMemorySpanExporter) -> None:
    await traced.enrol(YING, record("traffic.illegal-parking", "2026-09-02"))
    spans.clear()
    await Chat(traced).say("明细")
    finished = spans.get_finished_spans()
    message = next(span for span in finished if span.name == "POST /wechat")
    assert message.context is not None
    trace = tuple(s for s in finished if s.context is not None and s.context.trace_id == message.context.trace_id)
    chains = [chain(span, trace) for span in trace if span.name.startswith("mongo ")]
    way = ["POST /wechat", "chat message", "dialog none", "graphql Lines", "mongo find"]
    assert any(one[-5:] == way for one in chains), chains
    assert any(
        one[-2:] in (["chat message", "mongo findAndModify"], ["chat message", "mongo update"]) for one in chains
    )
    reading = next(span for span in trace if chain(span, trace)[-5:] == way)
    assert dict(reading.attributes or {}).keys() == {"db.system.name", "db.operation.name", "db.collection.name"}


async def test_a_trace_goes_on_with_what_the_worker_does_later(traced: World, spans: InMemorySpanExporter) -> None:
    await traced.register(YING)
    chat = Chat(traced)
    for said in ("绑定", "1", YING.name, YING.id_number, YING.phone):
        await chat.say(said)
    await traced.deliver_outbox()
    sent = next(span for span in spans.get_finished_spans() if span.name == "outbox sms")
    asked = [span for span in spans.get_finished_spans() if span.name == "graphql StartBinding"]
    assert {s.context.trace_id for s in asked if s.context} == {sent.context.trace_id if sent.context else 0}


async def test_nothing_of_a_person_is_in_a_trace(traced: World, spans: InMemorySpanExporter) -> None:
    await traced.enrol(YING, record("traffic.illegal-parking", "2026-09-02", "CANARY-DOC-77"))
    chat = Chat(traced)
    for said in ("查询", "异议 1", "1", "我叫欧阳测试", "提交", "确认", YING.id_number):
        await chat.say(said)
    token = await traced.mini_program()
    await traced.ask(f'query {YING.name}($x: ID!) {{ me(id: "{YING.id_number}") {{ id }} }}', token=token)
    await traced.http.get(f"/h5/bind/{YING.phone}?name={YING.name}")
    await traced.deliver_outbox()
    finished = spans.get_finished_spans()
    assert len(finished) > 100
    told = json.dumps([json.loads(span.to_json()) for span in finished], ensure_ascii=False)
    for canary in (YING.name, YING.id_number, YING.phone, "o-test", "CANARY-DOC-77", "欧阳测试", token):
        assert canary not in told, canary


async def test_a_request_goes_on_with_the_callers_trace(world: World, spans: InMemorySpanExporter) -> None:
    await world.http.get("/livez", headers={"traceparent": PARENT, "tracestate": f"x={YING.phone}"})
    (span,) = spans.get_finished_spans()
    assert span.name == "GET /livez"
    assert span.context is not None
    assert span.context.trace_id == int("1" * 32, 16)
    assert YING.phone not in span.to_json()
    await world.http.get("/livez", headers={"traceparent": "nonsense"})
    assert len(spans.get_finished_spans()) == 2


async def test_a_fault_is_told_by_its_type(
    world: World, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_given: Any) -> None:
        raise ValueError(YING.name)

    monkeypatch.setattr(world.container.sessions, "principal_of", broken)
    with pytest.raises(ValueError, match="陈"):
        await world.http.post("/graphql", json={"query": "{ __typename }"})
    (span,) = spans.get_finished_spans()
    assert span.status.description == "ValueError"
    assert not span.events
    assert YING.name not in span.to_json()


def test_without_a_collector_nothing_is_traced() -> None:
    traces = Traces()
    with traces.span("x") as span:
        assert span is None
    assert traces.begin("x", {}) is None
    assert traces.traceparent() is None


async def test_a_collector_gets_spans_over_http_and_strangers_cannot_raise_its_share(tmp_path: Any) -> None:
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    got: list[str] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            got.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        traces = Traces()
        traces.use(collector(f"http://127.0.0.1:{server.server_port}", 1.0, "egret test"))
        with traces.span("x", traceparent=PARENT):
            pass
        traces.close()
        quiet = Traces()
        quiet.use(collector(f"http://127.0.0.1:{server.server_port}", 0.0, "egret test"))
        with quiet.span("x", traceparent=PARENT) as span:
            assert span is not None
            assert not span.is_recording()
        quiet.close()
        server.shutdown()
        thread.join()
    assert got == ["/v1/traces"]
    assert "opentelemetry.exporter.otlp.proto.http.trace_exporter" in sys.modules
