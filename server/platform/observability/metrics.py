"""Every metric. Labels come from our own code alone, so that no client can make one more.

No family has more than 400 label sets (a test counts). Names of operations are those of trusted documents; what else
there may be is `other`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

OTHER = "other"
MOST_OPERATIONS = 199
"""With `other`, and an outcome of two, 400 label sets."""
_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
_ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 10)

REQUEST_SECONDS = Histogram(
    "egret_request_seconds", "Time to answer a request.", ["route"], buckets=_ANSWERS, registry=REGISTRY
)
RESPONSES = Counter("egret_responses", "Responses by area and class.", ["area", "status"], registry=REGISTRY)
IN_FLIGHT = Gauge("egret_requests_in_flight", "Requests being answered.", registry=REGISTRY)

OPERATIONS = Counter(
    "egret_operations",
    "GraphQL operations; one that failed is ours to mend.",
    ["operation", "outcome"],
    registry=REGISTRY,
)
OPERATION_SECONDS = Histogram(
    "egret_operation_seconds", "Time to run a GraphQL operation.", ["kind"], buckets=_ANSWERS, registry=REGISTRY
)
OPERATION_WAYS = Counter(
    "egret_operation_ways",
    "By a compiled plan, by graphql-core, or by it after the plan gave up.",
    ["way"],
    registry=REGISTRY,
)
REFUSALS = Counter("egret_refusals", "What was refused, by its code.", ["code"], registry=REGISTRY)
PROVIDER_FAILURES = Counter(
    "egret_provider_failures",
    "Times that the provider of staff sign-ins could not say who somebody is.",
    registry=REGISTRY,
)
CITIZEN_PROVIDER_FAILURES = Counter(
    "egret_citizen_provider_failures",
    "Times that a provider at which citizens sign in did not answer as it has to.",
    ["provider"],
    registry=REGISTRY,
)
REFRESH_REUSE = Counter(
    "egret_refresh_reuse", "Refresh tokens that were used twice; each ended its family.", registry=REGISTRY
)
BUDGET_REFUSALS = Counter("egret_budget_refusals", "Callers over their budget.", ["principal"], registry=REGISTRY)

SANDBOX_DOCUMENTS = Counter(
    "egret_sandbox_documents",
    "Documents given to helper processes: done, refused, broken (its helper died), busy, or left by who asked.",
    ["task", "outcome"],
    registry=REGISTRY,
)

CONNECTIONS_REFUSED = Counter(
    "egret_connections_refused",
    "Connections and bodies that were refused: many or large from one address, slow, long heads, pings.",
    ["why"],
    registry=REGISTRY,
)

CHAT_MESSAGES = Counter("egret_chat_messages", "Messages and events of the platform.", ["kind"], registry=REGISTRY)
CHAT_ANSWERS = Counter(
    "egret_chat_answers", "How they were answered: in time, later by a push, or not.", ["when"], registry=REGISTRY
)
CHAT_SECONDS = Histogram(
    "egret_chat_seconds", "Time until a chat message was answered or acknowledged.", buckets=_ANSWERS, registry=REGISTRY
)
DIALOG_TURNS = Counter("egret_dialog_turns", "Turns of dialogs.", ["dialog", "outcome"], registry=REGISTRY)

MONGO_SECONDS = Histogram(
    "egret_mongo_command_seconds", "Time of a MongoDB command.", ["command"], buckets=_QUICK, registry=REGISTRY
)
MONGO_FAILURES = Counter(
    "egret_mongo_command_failures", "MongoDB commands that failed.", ["command"], registry=REGISTRY
)

OUTBOX_AGE = Gauge("egret_outbox_age_seconds", "How late the row is that is due first.", registry=REGISTRY)
OUTBOX_DUE = Gauge("egret_outbox_due", "Rows that are due and not sent, counted up to 10,000.", registry=REGISTRY)
OUTBOX_WAITING = Gauge("egret_outbox_waiting", "Rows that wait for a person to write again.", registry=REGISTRY)
OUTBOX_ATTEMPTS = Gauge("egret_outbox_most_attempts", "The most attempts of any row that waits.", registry=REGISTRY)
OUTBOX_DELIVERIES = Counter("egret_outbox_deliveries", "What became of rows.", ["kind", "outcome"], registry=REGISTRY)

WEBHOOK_DELIVERIES = Counter(
    "egret_webhook_deliveries",
    "Events of sources and partners: delivered, retried, given up, or their address turned off.",
    ["outcome"],
    registry=REGISTRY,
)
WEBHOOKS_OFF = Gauge("egret_webhooks_off", "Addresses that nothing is sent to any more.", registry=REGISTRY)

DISPUTES_OPEN = Gauge("egret_disputes_open", "Disputes without a decision.", registry=REGISTRY)
LOOKS_UNANSWERED = Gauge(
    "egret_look_questions_overdue", "Questions why somebody looked that no one answered in time.", registry=REGISTRY
)
NOTICES_UNDELIVERED = Gauge(
    "egret_notices_undelivered", "Notices that the desk has to tell by letter or call.", registry=REGISTRY
)
NOTICES_UNDELIVERED_AGE = Gauge(
    "egret_notices_undelivered_age_seconds",
    "How long the oldest of them has been on the desk's list.",
    registry=REGISTRY,
)
DISPUTES_OVERDUE = Gauge("egret_disputes_overdue", "Open disputes past their deadline.", registry=REGISTRY)

RESCORED = Gauge(
    "egret_rescore_finished_timestamp_seconds", "When the city was last reassessed as a whole.", registry=REGISTRY
)
REGISTER_PEOPLE = Gauge("egret_register_people", "People on the register of residents.", registry=REGISTRY)
REGISTER_DELIVERED = Gauge(
    "egret_register_delivered_timestamp_seconds", "When the register was last delivered.", registry=REGISTRY
)
CALENDAR_ENDS = Gauge(
    "egret_calendar_ends_timestamp_seconds", "The end of the last day whose calendar is announced.", registry=REGISTRY
)
SEALED = Gauge("egret_audit_sealed_timestamp_seconds", "The end of the last day that was sealed.", registry=REGISTRY)

STREAM_UP = Gauge(
    "egret_change_stream_up", "1 while changes arrive, 0 while they do not; 1 where nobody listens.", registry=REGISTRY
)
STREAM_BREAKS = Counter("egret_change_stream_breaks", "How often the change stream broke off.", registry=REGISTRY)
SOCKETS = Gauge("egret_sockets_open", "Open WebSockets.", registry=REGISTRY)

WORKER_ROUND = Gauge(
    "egret_worker_round_timestamp_seconds", "When a job of the worker last came round.", ["job"], registry=REGISTRY
)
WORKER_FAILURES = Counter("egret_worker_failures", "Rounds that failed.", ["job"], registry=REGISTRY)

DATABASE_READABLE = Gauge(
    "egret_database_readable", "1 where the last look at the database worked, 0 where it did not.", registry=REGISTRY
)
LINES_DROPPED = Counter("egret_log_lines_dropped", "Log lines left out, since they repeated.", registry=REGISTRY)
SPANS_DROPPED = Counter("egret_spans_dropped", "Spans of commands that never ended.", registry=REGISTRY)
STREAM_UP.set(1)

_COMMANDS = frozenset(
    {
        *("find", "aggregate", "insert", "update", "delete", "findAndModify", "getMore", "count", "distinct"),
        *("commitTransaction", "abortTransaction", "killCursors", "createIndexes", "ping", "bulkWrite", "hello"),
    }
)
_MESSAGES = frozenset({"text", "image", "voice", "video", "shortvideo", "location", "link"})
_EVENTS = frozenset(
    {
        *("subscribe", "unsubscribe", "scan", "click", "view", "location", "kf_close_session"),
        *("user_info_modified", "user_authorization_revoke", "user_authorization_cancellation"),
    }
)
_KINDS = frozenset({"notice", "account", "text", "sms", "reassess"})


Metric = TypeVar("Metric", Counter, Gauge, Histogram)


@functools.cache
def of(metric: Metric, *labels: str) -> Metric:
    """The metric with these labels, kept: there are few, and looking one up costs more than counting."""
    return metric.labels(*labels)


def exposition() -> bytes:
    """All metrics in the format of Prometheus."""
    return generate_latest(REGISTRY)


def command_label(name: str) -> str:
    """The label of a MongoDB command."""
    return name if name in _COMMANDS else OTHER


def message_label(kind: str, event: str) -> str:
    """The label of a message or event."""
    if kind == "event":
        return f"event:{event}" if event in _EVENTS else "event:other"
    return kind if kind in _MESSAGES else OTHER


def outbox_label(kind: str) -> str:
    """The label of an outbox row."""
    return kind if kind in _KINDS else OTHER


class OperationLabels:
    """Names of trusted operations, up to a number; anything else is `other`."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(sorted(set(names))[:MOST_OPERATIONS])

    def of(self, name: str | None) -> str:
        """The label."""
        return name if name in self._names and name is not None else OTHER
