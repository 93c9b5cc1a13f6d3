"""Logs: one JSON object a line on standard error, the same fields everywhere, and nothing of a person in them.

What the standard library's loggers say (ours, uvicorn's, the driver's) goes through the same processors as
structlog's own. An exception is its type and the places that it passed: its message may quote data.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from server.platform.kit.json import JsonObject
from server.platform.observability import metrics
from server.platform.observability.flood import ACCESS, Flood
from server.platform.observability.redact import REDACTOR

Form = Literal["auto", "json", "text"]
_NOISY = ("httpx", "httpcore", "pymongo", "urllib3", "asyncio", "opentelemetry", "weasyprint", "fontTools")
_MOST_FRAMES = 25
_MOST_CAUSES = 3
_ROOT = f"{Path(__file__).parents[3]}/"
_KEPT = ("timestamp", "level", "logger", "request_id", "_record", "_from_structlog")
BOUNDED = "bounded"
"""The attribute of a record with fields that only our code can fill, such as the template of a route: not looked at."""
_SAID_BY_US = "Exception in ASGI application"
"""Uvicorn says again what the middleware has said, with its request."""


def frames_of(fault: BaseException) -> list[str]:
    """The places that a fault passed, the innermost last."""
    found = traceback.extract_tb(fault.__traceback__)[-_MOST_FRAMES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in found]


def _short(path: str) -> str:
    return path.rpartition("/site-packages/")[2].removeprefix(_ROOT)


def without_messages(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A processor: exceptions by type and frames only, and of others' messages the first line."""
    given = event.pop("exc_info", None)
    event.pop("stack_info", None)
    fault = _fault(given)
    if fault is not None:
        event["exception"] = _stack(fault)
    if isinstance(event.get("event"), str) and not str(event.get("logger", "")).startswith("egret"):
        event["event"] = event["event"].partition("\n")[0][:300]
    return event


def _fault(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple) and len(given) == 3:
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _stack(fault: BaseException) -> list[JsonObject]:
    told: list[JsonObject] = []
    seen: set[int] = set()
    one: BaseException | None = fault
    while one is not None and id(one) not in seen and len(told) < _MOST_CAUSES:
        seen.add(id(one))
        told.append({"type": type(one).__name__, "frames": frames_of(one)})
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return told


def redacted(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A processor: the line as it may be kept."""
    kept = {name: event.pop(name) for name in _KEPT if name in event}
    bounded = getattr(kept.get("_record"), BOUNDED, {})
    return {**REDACTOR.fields(event), **bounded, **kept}


def _left_out(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    count = getattr(event.get("_record"), "left_out", None)
    if count:
        event["left_out_before"] = count
    return event


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    without_messages,
    redacted,
]
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)


class _Lines(structlog.stdlib.ProcessorFormatter):
    """As its base, but what has nothing to be looked at goes straight into JSON: there is one for each request."""

    def format(self, record: logging.LogRecord) -> str:
        bounded = getattr(record, BOUNDED, None)
        if bounded is None:
            return super().format(record)
        at = datetime.fromtimestamp(record.created, UTC).isoformat()
        line = {"event": record.msg, **bounded, **structlog.contextvars.get_contextvars()}
        return _json({**line, "timestamp": at, "level": record.levelname.lower(), "logger": record.name})


def _json(event: object, **_: object) -> str:
    return orjson.dumps(event).decode()


def formatter(form: Literal["json", "text"], *, colours: bool = False) -> logging.Formatter:
    """Turns any record into a line."""
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if form == "json":
        last = structlog.processors.JSONRenderer(serializer=_json)
        return _Lines(foreign_pre_chain=_SHARED, processors=[_left_out, meta, last])
    console = structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_SHARED, processors=[_left_out, meta, console])


def set_up(form: Form = "auto", *, secrets: Iterable[str] = (), access: bool = True) -> None:
    """Send every log line to standard error: as JSON, or to be read where that is a terminal."""
    REDACTOR.learn(secrets)
    terminal = sys.stderr.isatty()
    chosen: Literal["json", "text"] = ("text" if terminal else "json") if form == "auto" else form
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(chosen, colours=terminal))
    handler.addFilter(lambda record: not (record.name == "uvicorn.error" and str(record.msg).startswith(_SAID_BY_US)))
    handler.addFilter(Flood(metrics.LINES_DROPPED.inc))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger(ACCESS).setLevel(logging.INFO if access else logging.WARNING)
    # No line tells of these (see "Optimization" in the standard library's Logging HOWTO).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.raiseExceptions = False  # it would print the very arguments that a line could not be made of
    logging.captureWarnings(capture=True)


def only_warnings() -> None:
    """Say nothing of what goes well: for a terminal on which a person reads something else."""
    logging.getLogger().setLevel(logging.WARNING)


def tell_crashes() -> None:
    """What ends the process is logged as any other fault is; Python itself would print its message."""

    def told(_kind: type[BaseException], fault: BaseException, _trace: TracebackType | None) -> None:
        if not isinstance(fault, KeyboardInterrupt):
            logging.getLogger("egret").critical("the process ends: %s", type(fault).__name__, exc_info=fault)

    sys.excepthook = told
