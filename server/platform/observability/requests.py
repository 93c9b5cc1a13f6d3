"""The id of a request: on every line of its log, of its chat message, and of what a worker does for it later."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from random import getrandbits

import structlog

from server.platform.observability.redact import REDACTOR

_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


def request_id(given: str | None) -> str:
    """The id that a proxy gave, or a new one where it gave none, or one that may be something of a person."""
    if given is not None and _WELL_FORMED.fullmatch(given) and REDACTOR.text(given) == given:
        return given
    return _made()


def current() -> str | None:
    """The id of the request that this code runs for."""
    value = structlog.contextvars.get_contextvars().get("request_id")
    return value if isinstance(value, str) else None


@contextlib.contextmanager
def bound(id: str | None = None, **fields: str) -> Iterator[str]:
    """Every log line in here carries the id (a new one unless given), and these fields."""
    chosen = id or _made()
    with structlog.contextvars.bound_contextvars(request_id=chosen, **fields):
        yield chosen


def _made() -> str:
    return f"{getrandbits(128):032x}"  # it has to be different, not secret
