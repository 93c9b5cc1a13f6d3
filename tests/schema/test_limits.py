"""Limits on documents: hostile shapes are refused quickly, honest ones pass."""

from __future__ import annotations

import asyncio
import time
from dataclasses import fields, replace

import pytest
from graphql import OperationType, get_introspection_query, is_required_argument

from schema.api.building import build_schema
from schema.api.context import Context
from schema.api.services import Services
from schema.engine.documents import DocumentError
from schema.engine.execution import MOST_SECONDS, run
from schema.engine.limits import MAX_COST
from schema.types.principal import ANONYMOUS, Caller, Kind, Principal

SCHEMA = build_schema()
NOBODY = Context(Services(*[None] * len(fields(Services))), Caller(ANONYMOUS))  # type: ignore[arg-type]


def chained(count: int, field: str = "benefits { edges { node { code } } }") -> str:
    """Fragments that each spread the next one twice."""
    links = "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }} " for n in range(count))
    return f"{{ ...F0 }} {links} fragment F{count} on Query {{ {field} }}"


HOSTILE = {
    "chained fragments": chained(20),
    "aliases": "{" + " ".join(f"a{n}: __typename" for n in range(16)) + "}",
    "root fields": "{" + " __typename" * 11 + "}",
    "depth": "{ me { disputes " + "{ edges { node " * 12 + "{ id }" + " } }" * 12 + " } }",
    "directives": "{ __typename " + "@include(if: true) " * 51 + "}",
    "tokens": "{" + " __typename" * 1600 + "}",
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


def test_a_large_screen_is_within_the_limits() -> None:
    """Some 1,500 tokens, and 50 directives, as the generated documents of large clients have them."""
    fields = "score { value } enrolment { consentVersion } " * 24 + "maskedName @include(if: $x) " * 50
    operation = SCHEMA.documents.operation(f"query($x: Boolean!) {{ me {{ {fields} }} }}", None)
    spread = "...F " * 290 + "maskedName"
    assert operation.cost < MAX_COST
    assert SCHEMA.documents.operation(f"{{ me {{ {spread} }} }} fragment F on Citizen {{ id }}", None)


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
    typo = await run(closed, "{ benefi }", None, NOBODY)
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


COSTS = {
    "{ scheme { base } }": 11,
    "{ benefits(first: 5) { edges { node { code } } } }": 10 + 5 * 3,
    "{ benefits { edges { node { code } } } }": 10 + 50 * 3,
    "{ benefits(first: 1000) { edges { node { code } } } }": 10 + 100 * 3,
    "{ scheme { dimensions { code label { zh } } } }": 10 + 1 + 10 * 3,
    "query($n: Int!) { benefits(first: $n) { edges { node { code } } } }": 10 + 7 * 3,
    "{ ...F ...F } fragment F on Query { scheme { base } }": 22,
}


def cost(document: str, variables: dict[str, object] | None = None) -> int:
    documents = build_schema().documents
    return documents.cost(documents.operation(document, None), variables)


@pytest.mark.parametrize("document", COSTS)
def test_an_operation_costs_what_it_can_give(document: str) -> None:
    assert cost(document, {"n": 7}) == COSTS[document]


def test_a_variable_counts_as_the_size_it_asks_for_within_bounds() -> None:
    document = "query($n: Int! = 70) { benefits(first: $n) { edges { cursor } } }"
    per = {n: cost(document, None if n is None else {"n": n}) for n in (1, 50, 100, 100.0, 10**9, "x", None)}
    assert per[1] < per[50] < per[None] < per[100] == per[100.0] == per[10**9]


def test_what_a_variable_makes_too_much_is_refused() -> None:
    document = "query($n: Int!) { " + " ".join(f"a{n}: cases(first: $n) {{ ...C }}" for n in range(10)) + " }"
    document += " fragment C on CaseConnection { edges { node { dispute { events { at } evidence { url } } } } }"
    assert cost(document, {"n": 1}) < 20_000
    with pytest.raises(DocumentError, match="Too many things at once"):
        cost(document, {"n": 100})


def test_weighing_takes_no_longer_than_the_document_is_long() -> None:
    for field in ("benefits(first: $n)", "searchCases", 'node(id: "x")'):
        spread = " ".join(["...F{0}"] * 10)
        parts = [f"fragment F{n} on Query {{ {field} {{ {spread.format(n + 1)} }} }}" for n in range(12)]
        document = "query($n: Int) { ...F0 } " + " ".join(parts) + " fragment F12 on Query { __typename }"
        began = time.process_time()
        with pytest.raises(DocumentError):
            build_schema().documents.operation(document, None)
        assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "document",
    [
        "mutation { ...S } fragment S on Mutation { "
        + " ".join(f'a{n}: signIn(account: "a", password: "b") {{ __typename }}' for n in range(2))
        + " }",
        "{ ...R } fragment R on Query { " + "__typename " * 11 + "}",
        "{ me { " + " ".join(f'p{n}: path(benefit: "b") {{ shortBy }}' for n in range(2)) + " } }",
    ],
)
async def test_what_is_dear_is_asked_for_a_few_times_at_most(document: str) -> None:
    answer = await run(SCHEMA, document, None, NOBODY)
    assert "Too many" in answer.errors[0].message


async def test_what_costs_too_much_is_refused() -> None:
    inner = "edges { node { code label { zh en } terms { zh en } partner { zh en } ordinaryRoute { zh en } least } }"
    document = "{ " + " ".join(f"a{n}: benefits(first: 100) {{ {inner} }}" for n in range(10)) + " }"
    costly = document.replace(
        "a9:", "b9: me { records(first: 100) { edges { node { rule { limits { per } } } } } } a9:"
    )
    assert (await run(SCHEMA, costly, None, NOBODY)).errors


async def test_the_standard_introspection_fits_and_a_bomb_of_it_does_not() -> None:
    assert (await run(SCHEMA, get_introspection_query(), None, NOBODY)).errors == []
    bomb = "{ __schema { types " + "{ fields { type " * 5 + "{ name }" + " } }" * 5 + " } }"
    assert (await run(SCHEMA, bomb, None, NOBODY)).errors


async def test_a_question_that_takes_too_long_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        async def enrolment(self, _by: object) -> None:
            await asyncio.sleep(10)

    monkeypatch.setitem(MOST_SECONDS, OperationType.QUERY, 0.05)
    context = Context(replace(NOBODY.services, enrolments=Slow()), Caller(Principal(Kind.CITIZEN, "c")))  # type: ignore[arg-type]
    answer = await run(SCHEMA, "{ me { enrolment { consentVersion } } }", None, context)
    assert [(e.extensions or {})["code"] for e in answer.errors] == ["TOO_SLOW"]


@pytest.mark.parametrize("name", sorted(SCHEMA._schema.mutation_type.fields))  # type: ignore[union-attr]
def test_a_change_costs_what_it_writes(name: str) -> None:
    """A transaction is some milliseconds; only what looks nothing up and writes nothing is cheap."""
    mutation = SCHEMA._schema.mutation_type
    assert mutation is not None
    arguments = {n: "$" + n for n, of in mutation.fields[name].args.items() if is_required_argument(of)}
    variables = ", ".join(f"{value}: {mutation.fields[name].args[n].type}" for n, value in arguments.items())
    given = ", ".join(f"{n}: {value}" for n, value in arguments.items())
    head, call = (f"({variables})", f"({given})") if arguments else ("", "")
    operation = SCHEMA.documents.operation(f"mutation{head} {{ {name}{call} {{ __typename }} }}", None)
    assert operation.cost >= (10 if name == "checkIdentity" else 300)
