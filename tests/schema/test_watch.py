"""Anyone who watches is told how an operation ran and what came of it, and nothing of what is in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from schema.api.building import build_schema
from schema.api.context import Context
from schema.api.services import Services
from schema.engine import execution
from schema.engine.documents import Operation
from schema.engine.execution import run
from schema.engine.watching import Watched
from schema.types.errors import RefusalCode, Refused

NOBODY = Context(Services(*[None] * len(fields(Services))))  # type: ignore[arg-type]
CONSENT = "query Consent { consentText { version } }"
SCHEMA = build_schema(trusted={"consent": CONSENT})


class Watching:
    """Remembers every operation."""

    def __init__(self) -> None:
        self.seen: list[tuple[str | None, Watched]] = []

    @contextlib.contextmanager
    def __call__(self, operation: Operation) -> Iterator[Watched]:
        watched = Watched()
        self.seen.append((operation.trusted_name, watched))
        yield watched


async def watched(document: str, service: Any = None, times: int = 1) -> tuple[str | None, Watched]:
    watching = Watching()
    services = replace(NOBODY.services, enrolments=service, programme=service)
    for _ in range(times):
        await run(SCHEMA, document, None, Context(services, watch=watching))
    return watching.seen[-1]


class Failing:
    def __init__(self, fault: Exception) -> None:
        self._fault = fault

    def scheme(self) -> Any:
        raise self._fault


async def test_only_documents_of_ours_have_a_name() -> None:
    assert (await watched(CONSENT))[0] == "Consent"
    assert (await watched("query Consent { __typename }"))[0] is None


async def test_the_way_is_told() -> None:
    asked = "query { __typename }"
    assert (await watched(asked))[1].way == "core"
    assert (await watched(asked, times=2))[1].way == "compiled"
    broken = Failing(KeyError("x"))
    assert (await watched("{ scheme { lowest } }", broken, times=2))[1].way == "fallback"


async def test_a_refusal_is_no_failure_and_a_fault_is() -> None:
    _, refused = await watched("{ scheme { lowest } }", Failing(Refused(RefusalCode.NOT_FOUND)))
    assert (refused.failed, refused.refused) == (False, [RefusalCode.NOT_FOUND])
    _, fault = await watched("{ scheme { lowest } }", Failing(KeyError("x")))
    assert (fault.failed, fault.refused) == (True, [])


async def test_what_took_too_long_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def late(*_given: Any) -> Any:
        raise TimeoutError

    monkeypatch.setattr(execution, "execute", late)
    assert (await watched("{ __typename }"))[1].failed is True


async def test_a_document_that_cannot_run_is_nothing_to_watch() -> None:
    watching = Watching()
    await run(SCHEMA, "{ nonsense }", None, Context(NOBODY.services, watch=watching))
    assert watching.seen == []
