"""Turns what the schema and the database tell of themselves into metrics and spans."""

from __future__ import annotations

import contextlib
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from graphql import OperationType

from schema.engine.watching import Watched
from server.platform.observability import metrics
from server.platform.observability.traces import TRACES, finish

if TYPE_CHECKING:
    from opentelemetry.trace import Span

    from schema.engine.documents import Operation

_MOST_OPEN = 10_000


class OperationWatch:
    """Implements `schema.engine.watching.Watch`: each operation is counted by the name of a trusted document only."""

    def __init__(self, labels: metrics.OperationLabels) -> None:
        self._labels = labels

    def label(self, operation: Operation) -> str:
        """What an operation may be called outside of its document."""
        return self._labels.of(operation.trusted_name)

    @contextlib.contextmanager
    def __call__(self, operation: Operation) -> Iterator[Watched]:
        name = self.label(operation)
        watched = Watched()
        began = time.perf_counter()
        listens = operation.kind is OperationType.SUBSCRIPTION  # in pieces, each of another task: no span can hold it
        try:
            with contextlib.nullcontext() if listens else _span(name, operation) as span:
                yield watched
                if span is not None:
                    span.set_attribute("egret.way", watched.way)
        except Exception:
            watched.failed = True
            raise
        finally:
            if not listens:
                metrics.of(metrics.OPERATION_SECONDS, operation.kind.value).observe(time.perf_counter() - began)
            metrics.of(metrics.OPERATION_WAYS, watched.way).inc()
            metrics.of(metrics.OPERATIONS, name, "failed" if watched.failed else "ok").inc()
            for code in watched.refused:
                metrics.REFUSALS.labels(code.value).inc()


def _span(name: str, operation: Operation) -> AbstractContextManager[Span | None]:
    attributes = {"graphql.operation.type": operation.kind.value, "graphql.operation.name": name}
    return TRACES.span(f"graphql {name}", **attributes)


class CommandWatch:
    """Implements `server.platform.db.listener.Watch`: commands by name and collection, never what is in them."""

    def __init__(self) -> None:
        self._open: OrderedDict[object, Span] = OrderedDict()

    def began(self, key: object, command: str, collection: str | None) -> None:
        if not TRACES.on:
            return
        attributes = {"db.system.name": "mongodb", "db.operation.name": metrics.command_label(command)}
        if collection is not None:
            attributes["db.collection.name"] = collection
        span = TRACES.begin(f"mongo {metrics.command_label(command)}", attributes)
        if span is not None:
            self._open[key] = span
            if len(self._open) > _MOST_OPEN:
                metrics.SPANS_DROPPED.inc()
                self._open.popitem(last=False)

    def ended(self, key: object, command: str, seconds: float, fault: str | None) -> None:
        label = metrics.command_label(command)
        metrics.of(metrics.MONGO_SECONDS, label).observe(seconds)
        if fault is not None:
            metrics.MONGO_FAILURES.labels(label).inc()
        span = self._open.pop(key, None)
        if span is not None:
            finish(span, fault)
