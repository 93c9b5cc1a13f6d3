"""Traces, where a collector is set (`EGRET_OTLP_ENDPOINT`): from a chat message to the MongoDB commands that it took.

Spans carry names of our own code alone: route templates, dialogs, operations of trusted documents, commands and
collections. Nothing is recorded of a fault but its type. Without a collector nothing of OpenTelemetry is imported.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

_TRACEPARENT = "traceparent"


class Traces:
    """Where spans go; nowhere until `use`."""

    def __init__(self) -> None:
        self._tracer: Any = None
        self._provider: TracerProvider | None = None

    @property
    def on(self) -> bool:
        """Whether anything is traced."""
        return self._tracer is not None

    def use(self, provider: TracerProvider | None) -> None:
        """Send spans there from now on; None: nowhere."""
        self._provider = provider
        self._tracer = None if provider is None else provider.get_tracer("egret")

    def close(self) -> None:
        """Send what waits, and stop."""
        if self._provider is not None:
            self._provider.shutdown()
        self.use(None)

    @contextlib.contextmanager
    def span(self, name: str, *, traceparent: str | None = None, **attributes: str | int) -> Iterator[Span | None]:
        """A part of a trace. A fault ends it as failed, told by type only."""
        if self._tracer is None:
            yield None
            return
        from opentelemetry.trace import Status, StatusCode

        with self._tracer.start_as_current_span(
            name,
            context=_context(traceparent),
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException as fault:
                span.set_status(Status(StatusCode.ERROR, type(fault).__name__))
                raise

    def begin(self, name: str, attributes: Mapping[str, str | int]) -> Span | None:
        """A span inside the current one, for `finish`; None where nothing is traced just now."""
        if self._tracer is None:
            return None
        from opentelemetry.trace import SpanKind, get_current_span

        if not get_current_span().is_recording():
            return None
        span: Span = self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)
        return span

    def traceparent(self) -> str | None:
        """What a later job needs to go on with this trace."""
        if self._tracer is None:
            return None
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier)
        return carrier.get(_TRACEPARENT)


def finish(span: Span, fault: str | None) -> None:
    """End what `begin` gave."""
    from opentelemetry.trace import Status, StatusCode

    if fault is not None:
        span.set_status(Status(StatusCode.ERROR, fault))
    span.end()


def _context(traceparent: str | None) -> Any:
    """The trace that a request belongs to. Its `tracestate` and baggage are words of others: not taken."""
    if traceparent is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({_TRACEPARENT: traceparent})


def collector(endpoint: str, ratio: float, service: str) -> TracerProvider:
    """Sends a share of all traces to an OTLP collector over HTTP."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, TraceIdRatioBased

    share = TraceIdRatioBased(ratio)
    sampler = ParentBased(share, remote_parent_sampled=share, remote_parent_not_sampled=ALWAYS_OFF)
    provider = TracerProvider(sampler=sampler, resource=Resource({"service.name": service}))
    url = endpoint if urlsplit(endpoint).path.strip("/") else f"{endpoint.rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    return provider


TRACES = Traces()
"""The one of this process."""
