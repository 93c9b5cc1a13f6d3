"""Hostile documents of less than 64 KiB: the CPU that answering each takes, and how long the event loop is held.

    python deploy/bench/hostile.py

Each goes as a citizen's HTTP request through the whole application in this process, over the embedded server.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
from graphql import parse

from schema.types.principal import OPERATOR
from scoring.identity import Identity, check_character
from scoring.records import Delivery, Record
from server.app import build_app
from server.citizens.consents import consent_document
from server.container import Container, open_container
from server.platform.kit.clock import day_of
from server.platform.kit.memory import settle
from server.settings import Settings, demo_settings

LARGEST = 64 * 1024
FIXED_TIMES = 70


def chain(count: int, spreads: int, field: str = "benefits { edges { node { code } } }") -> str:
    """Fragments that each spread the next one several times."""
    links = "".join(f"fragment F{n} on Query {{ {f'...F{n + 1} ' * spreads}}} " for n in range(count))
    return f"{{ ...F0 }} {links} fragment F{count} on Query {{ {field} }}"


def nested(levels: int) -> str:
    """Connections inside each other, as deep as they go."""
    return "{ me { disputes " + "{ edges { node " * levels + "{ id }" + " } }" * levels + " } }"


def ring(count: int) -> str:
    """Fragments that spread each other in a ring."""
    links = " ".join(f"fragment F{n} on Query {{ ...F{(n + 1) % count} __typename }}" for n in range(count))
    return f"{{ ...F0 }} {links}"


def overlapping(count: int) -> str:
    """The same field again and again, for the rule that compares every pair."""
    return "{ " + "benefits(first: 5) { edges { node { code label { zh } } } } " * count + "}"


def conflicting(count: int) -> str:
    """Fields that cannot be merged, in pairs."""
    return "{ " + " ".join(f"x: benefits(first: {n}) {{ edges {{ cursor }} }}" for n in range(count)) + " }"


def variables(count: int) -> str:
    """Many variables that nothing uses."""
    return f"query({' '.join(f'$v{n}: [Int!]! = [1]' for n in range(count))}) {{ __typename }}"


def typos(count: int) -> str:
    """Fields that do not exist, close to ones that do: suggestions cost time."""
    return "{ scheme { " + " ".join(f"dimension{n}s" for n in range(count)) + " } }"


def deep_list(levels: int) -> str:
    """A list value inside a list value, many times."""
    return "{ benefits(first: " + "[" * levels + "]" * levels + ") { edges { cursor } } }"


def deep_object(levels: int) -> str:
    """An object value inside an object value."""
    return "{ me { whatIf(steps: " + "{settle: " * levels + "1" + "}" * levels + ") { value } } }"


def introspecting(levels: int) -> str:
    """Types of fields of types of fields."""
    return (
        "{ __schema { types { fields { type { " + "fields { type { " * levels + "name" + " } }" * levels + " } } } } }"
    )


def sized_chain(count: int, spreads: int, field: str) -> str:
    """Pages inside fragments that each spread the next one many times, with the size in a variable."""
    ends = "}" * field.count("{")
    links = "".join(f"fragment F{n} on Query {{ {field} {f'...F{n + 1} ' * spreads}{ends} }} " for n in range(count))
    return f"query($n: Int) {{ ...F0 }} {links} fragment F{count} on Query {{ __typename }}"


def many(count: int, field: str, kind: str = "query", inside: str = "") -> str:
    """The same dear field again and again, by aliases in a fragment."""
    fields = " ".join(f"a{n}: {field}" for n in range(count))
    asked = f"{{ {inside} {{ {fields} }} }}" if inside else f"{{ ...All }} fragment All on Mutation {{ {fields} }}"
    return f"{kind} {asked}"


def query(text: str, **more: Any) -> bytes:
    return orjson.dumps({"query": text, **more})


def bodies() -> dict[str, bytes]:
    """By name, what is sent."""
    found: dict[str, bytes] = {}
    for count, spreads in ((10, 2), (20, 2), (22, 2), (12, 10), (30, 4), (60, 3)):
        found[f"chain of {count} by {spreads}"] = query(chain(count, spreads))
    for levels in (12, 30, 60, 120):
        found[f"{levels} levels"] = query(nested(levels))
    for count in (2, 10, 60):
        found[f"ring of {count}"] = query(ring(count))
    for count in (10, 30, 45, 4000):
        found[f"the same field {count} times"] = query("{" + " __typename" * count + "}")
    for count in (5, 10, 30):
        found[f"overlapping {count}"] = query(overlapping(count))
        found[f"conflicting {count}"] = query(conflicting(count))
    for count in (14, 16, 60, 2000):
        found[f"{count} aliases"] = query("{" + " ".join(f"a{n}: __typename" for n in range(count)) + "}")
    for count in (10, 11, 60, 3000):
        found[f"{count} directives"] = query("{ __typename " + "@include(if: true) " * count + "}")
        found[f"{count} unknown directives"] = query("{ __typename " + "@nope " * count + "}")
    for count in (50, 2000):
        found[f"{count} variables"] = query(variables(count))
        found[f"{count} typing errors"] = query(typos(count))
    for levels in (50, 200, 20_000):
        found[f"a list of {levels} levels"] = query(deep_list(levels))
        found[f"an object of {levels} levels"] = query(deep_object(min(levels, 5000)))
    for levels in (1, 3, 5):
        found[f"introspection of {levels}"] = query(introspecting(levels))
    for count in (5, 7, 12):
        found[f"sized chain of {count}"] = query(sized_chain(count, 10, "benefits(first: $n) {"))
        found[f"chain of lists of {count}"] = query(sized_chain(count, 10, "scheme { dimensions {"))
    sign_in = 'signIn(input: {account: "nobody", password: "wrong"}) { __typename }'
    for count in (1, 2, 15):
        found[f"{count} x signing in"] = query(many(count, sign_in, "mutation"))
    path = 'path(benefit: "scenic.no-deposit") { shortBy steps { points } }'
    for count in (6, 15):
        found[f"{count} paths of a citizen"] = query(many(count, path, inside="me"))
    found["what-if of 20 steps"] = query(
        "query($s: [StepInput!]!) { me { a: whatIf(steps: $s) { value } b: whatIf(steps: $s) { value } } }",
        variables={"s": [{"earn": "volunteering.hours"}] * 20},
    )
    dear = "steps { edges { node { points } } } calendar { edges { node { on } } } "
    found["all that is dear"] = query("{ me { " + dear + path + " } }")
    found["open brackets"] = query("{" * 60_000)
    found["a long name"] = query("{ " + "x" * 60_000 + " }")
    found["a long string"] = query('{ me { path(benefit: "' + "x" * 60_000 + '") { shortBy } } }')
    found["comments"] = query("#\n" * 20_000 + "{ __typename }")
    found["commas"] = query("," * 60_000 + "{ __typename }")
    found["deep JSON"] = b'{"query": "{ __typename }", "variables": ' + b"[" * 60_000
    steps: Any = "x"
    for _ in range(200):
        steps = [steps]
    what_if = "query($s: [StepInput!]!) { me { whatIf(steps: $s) { value } } }"
    found["deep variables"] = query(what_if, variables={"s": steps})
    found["many variables' values"] = query("{ __typename }", variables={f"v{n}": n for n in range(3000)})
    found["many operations"] = query(" ".join(f"query Q{n} {{ __typename }}" for n in range(90)), operationName="Q1")
    found["a batch"] = orjson.dumps([{"query": "{ __typename }"}] * 1000)
    return found


def within_the_limits() -> dict[str, bytes]:
    """Fifty documents that use the limits of today up: tokens, fields, directives, fragments, variables."""
    found: dict[str, str] = {}
    for count in (100, 200, 390):
        found[f"{count} x one field"] = "{ scheme { " + "base " * count + "} }"
        found[f"{count} x one field in fragments"] = (
            "{ scheme { " + "...F " * (count // 4) + "} } fragment F on Scheme { " + "base lowest highest " * 8 + "}"
        )
        found[f"{count} inline fragments"] = "{ scheme { " + "... on Scheme { base } " * (count // 2) + "} }"
        found[f"{count} typing errors in a selection"] = typos(count)
        found[f"{count} wrong literals"] = "{ " + 'rule(code: {a: [1, "x"]}) { code } ' * (count // 15) + "}"
    for count in (5, 20, 60):
        many_fragments = " ".join(f"fragment F{n} on Scheme {{ base x{n}: lowest ...F{n + 1} }}" for n in range(count))
        found[f"{count} fragments in a row"] = (
            f"{{ scheme {{ ...F0 }} }} {many_fragments} fragment F{count} on Scheme {{ base }}"
        )
        found[f"{count} fragments in a ring"] = ring(count)
        found[f"{count} unused fragments"] = "{ scheme { base } } " + " ".join(
            f"fragment U{n} on Scheme {{ base lowest }}" for n in range(count)
        )
        found[f"{count} fragments of one name"] = "{ scheme { ...F } } " + "fragment F on Scheme { base } " * count
        found[f"{count} pages inside each other"] = nested(min(count, 12)) + " " + "fragment G on Case { id } " * 20
    for count in (10, 50, 140):
        found[f"{count} variables that are used"] = (
            f"query({' '.join(f'$v{n}: String' for n in range(count))}) {{ scheme {{ base }} "
            + " ".join(f"b{n}: benefits(after: $v{n}) {{ totalCount }}" for n in range(min(count, 9)))
            + " }"
        )
        found[f"{count} variables of one name"] = "query(" + "$v: Int " * count + ") { scheme { base } }"
        found[f"{count} unknown types"] = f"query({' '.join(f'$v{n}: Nope{n}' for n in range(count))}) {{ __typename }}"
        found[f"{count} arguments of one name"] = "{ benefits(" + "first: 1 " * count + ") { totalCount } }"
        found[f"{count} unknown arguments"] = (
            "{ benefits(" + " ".join(f"a{n}: 1" for n in range(count)) + ") { totalCount } }"
        )
    for count in (10, 25, 49):
        found[f"{count} directives on fields"] = "{ scheme { " + "base @include(if: true) " * count + "} }"
        found[f"{count} directives that exclude"] = "{ scheme { " + "base @skip(if: true) " * count + "} }"
        found[f"{count} unknown directives on fields"] = "{ scheme { " + "base @nope " * count + "} }"
    for levels in (3, 10, 12):
        pairs = "".join(f"a: benefits(first: {n}) {{ edges {{ node {{ code }} }} }} " for n in range(1, levels))
        found[f"{levels} pages that conflict"] = f"{{ {pairs} }}"
        found[f"{levels} levels of objects"] = deep_object(levels * 20)
        found[f"{levels} levels of lists"] = deep_list(levels * 60)
    for count in (2, 5, 9):
        refusals = "... on Refusal { refusalCode message { zh en text } } " * (count * 5)
        found[f"{count} changes with refusals"] = (
            "mutation { " + " ".join(f"m{n}: leave {{ {refusals} }}" for n in range(count)) + " }"
        )
    return {f"limits: {name}": query(text) for name, text in found.items()}


async def citizen(container: Container) -> str:
    """The token of a made-up person with 30 records."""
    first = f"{container.scheme.city.demo.region}19900101001"
    someone = Identity("陈小萤", first + check_character(first), "13900005678")
    today, rules = day_of(container.clock()), list(container.scheme.rules)
    deliveries = []
    for n in range(30):
        rule, day = rules[n % len(rules)], today - timedelta(days=20 + n)
        values: dict[str, Any] = {"id": f"R{n}", "source": rule.sources[0], "rule": rule.code, "final": True}
        record = Record(**values, data_class=rule.data_class, occurred_on=day, reported_on=day)
        deliveries.append(Delivery(someone.id_number, record))
    await container.deliveries.deliver(OPERATOR, deliveries)
    contact = container.contacts.id_of("wechat", "o-1")
    enrolled = {"scheme": container.scheme.id, "consent_version": container.scheme.consent.version}
    values = {
        "enrolment": {**enrolled, "enrolled_at": container.clock()},
        "consents": [consent_document(container.scheme.consent.version, container.scheme, container.clock())],
        "contacts": [{"hash": contact, "channel": "wechat", "bound_at": container.clock()}],
    }
    await container.store["citizens"].update_one({}, {"$set": values})
    return container.sessions.log_in_page("o-1").token


FIXED = "{ scheme { " + "... on Scheme { base lowest } " * 60 + "} }"


def fixed_work() -> float:
    """The milliseconds of CPU that a fixed work takes now: about 100 on a quiet core."""
    began = time.process_time()
    for _ in range(FIXED_TIMES):
        parse(FIXED)
    return (time.process_time() - began) * 1000


async def main() -> None:
    """Print the CPU that each takes, the most first."""
    sys.setswitchinterval(0.001)  # as `egret serve` does
    with tempfile.TemporaryDirectory() as name:
        settings = demo_settings(Settings(demo=True, data_dir=Path(name)), port=0)
        settings = settings.model_copy(update={"api_budget": 10**9})  # so that each is answered, not refused unread
        async with open_container(settings) as container:
            transport = httpx.ASGITransport(build_app(container))
            async with httpx.AsyncClient(transport=transport, base_url="http://egret") as http:
                token = await citizen(container)
                headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
                await http.post("/graphql", content=query("{ me { score { value } } }"), headers=headers)
                measured = []
                fixed = [fixed_work()]
                settle()  # as `egret serve` does
                for what, body in (bodies() | within_the_limits()).items():
                    if len(body) > LARGEST + 1024:
                        raise ValueError(what)
                    began = time.process_time()
                    async with held() as longest:
                        answer = await http.post("/graphql", content=body, headers=headers)
                    spent = (time.process_time() - began) * 1000
                    measured.append((spent, what, len(body), answer.status_code, longest[0] * 1000))
                    if len(measured) % 20 == 0:
                        fixed.append(fixed_work())
    for spent, what, size, status, longest_hold in sorted(measured, reverse=True):
        print(f"{spent:7.1f} ms CPU, held {longest_hold:5.1f} ms  {status}  {size:6,} bytes  {what}")
    slowest, hold = max(measured)[0], max(one[4] for one in measured)
    print(f"{len(measured)} documents, the slowest {slowest:.1f} ms of CPU, event loop held {hold:.1f} ms at most")
    usual = statistics.median(fixed)
    print(f"the fixed work took {usual:.1f} ms; the slowest document is {slowest / usual:.2f} of it")


@contextlib.asynccontextmanager
async def held() -> AsyncIterator[list[float]]:
    """The longest time between two turns of the event loop, in seconds."""
    longest = [0.0]

    async def tick() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.0005)
            now = time.perf_counter()
            longest[0] = max(longest[0], now - last - 0.0005)
            last = now

    ticking = asyncio.create_task(tick())
    try:
        yield longest
    finally:
        ticking.cancel()


if __name__ == "__main__":
    asyncio.run(main())
