"""Limits on documents: hostile shapes are refused quickly, honest ones pass."""

from __future__ import annotations

import time
from dataclasses import fields

import pytest

from schema.context import Context
from schema.execution import build_schema, run
from schema.principal import ANONYMOUS
from schema.services import Services

SCHEMA = build_schema()
NOBODY = Context(Services(*[None] * len(fields(Services))), ANONYMOUS)  # type: ignore[arg-type]


def chained(count: int, field: str = "benefits { edges { node { code } } }") -> str:
    """Fragments that each spread the next one twice."""
    links = "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }} " for n in range(count))
    return f"{{ ...F0 }} {links} fragment F{count} on Query {{ {field} }}"


HOSTILE = {
    "chained fragments": chained(20),
    "aliases": "{" + " ".join(f"a{n}: __typename" for n in range(16)) + "}",
    "root fields": "{" + " __typename" * 11 + "}",
    "depth": "{ me { disputes " + "{ edges { node " * 12 + "{ id }" + " } }" * 12 + " } }",
    "directives": "{ __typename " + "@include(if: true) " * 11 + "}",
    "tokens": "{" + " __typename" * 600 + "}",
    "a fragment of itself": "{ ...F } fragment F on Query { ...F }",
    "an unknown fragment": "{ ...Nope }",
    "an unknown field": "{ secrets }",
    "no document": "",
    "no closing": "{" * 400,
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_documents_are_refused_with_a_code(document: str) -> None:
    result = await run(SCHEMA, document, None, NOBODY)
    assert result.errors
    assert result.data is None
    codes = {(e.extensions or {})["code"] for e in result.errors}
    assert codes == {"BAD_INPUT"}


async def test_nested_fragments_cost_no_time() -> None:
    started = time.process_time()
    await run(SCHEMA, chained(22), None, NOBODY)
    assert time.process_time() - started < 1


async def test_validation_is_cached_with_our_own_rules() -> None:
    first = await run(SCHEMA, "{ __typename }", None, NOBODY)
    again = await run(SCHEMA, "{ __typename }", None, NOBODY)
    assert first.data == again.data == {"__typename": "Query"}


async def test_introspection_and_suggestions_are_off_in_production() -> None:
    closed = build_schema(introspection=False)
    hidden = await run(closed, "{ __schema { types { name } } }", None, NOBODY)
    assert hidden.data is None
    typo = await run(closed, "{ benefit }", None, NOBODY)
    assert "Did you mean" not in str(typo.errors)


async def test_a_fault_of_ours_tells_a_client_nothing(caplog: pytest.LogCaptureFixture) -> None:
    result = await run(SCHEMA, "{ scheme { city { zh } } }", None, NOBODY)
    (error,) = result.errors
    assert error.message == "Something went wrong on our side; nothing was changed."
    assert error.extensions == {"code": "INTERNAL"}
    assert "fault in scheme: AttributeError" in caplog.text


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("mutation($i: StartBindingInput!) { startBinding(input: $i) { __typename } }", {"i": {"name": "陈小萤"}}),
        ("mutation { checkIdentity(field: ID_NUMBER, value: 350199199001010015) { __typename } }", None),
        ("mutation { checkIdentity(field: 陈小萤) }", None),
        ('{ me } "陈小萤"', None),
    ],
)
async def test_what_was_sent_is_never_in_an_error(document: str, variables: dict[str, object] | None) -> None:
    result = await run(SCHEMA, document, variables, NOBODY)
    assert result.errors
    assert not any("陈小萤" in e.message or "350199" in e.message for e in result.errors)
