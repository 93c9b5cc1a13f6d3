"""Schemathesis makes up questions for every root field, as each kind of person: no answer is a fault of the server.

A refusal is no fault, whether a union member or an error with a code. Values that exist are mixed in, so that
questions reach the services. What was changed while asking stays in a city of this file's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import build_schema

from server.demo.people import ready_people
from tests.browser.chromium import password
from tests.clients.conftest import ROOT, Tools
from tests.support.demo import Demo
from tests.support.people import MOLI

SDL = ROOT / "schema" / "schema.graphql"
SCHEMA = build_schema(SDL.read_text("utf-8"))
EXAMPLES = 12
PEOPLE = ("nobody", "citizen", "agent", "approver", "steward", "source", "partner")
ENDING = ("leave", "unlink")
"""Mutations that would end a citizen's part in everything that is asked after them."""
ROOT_FIELDS = sum(len(root.fields) for root in (SCHEMA.query_type, SCHEMA.mutation_type) if root is not None)
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Whose budget holds for thousands of questions from one address."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("EGRET_API_BUDGET", "1000000000")
        running = Demo(tmp_path_factory.mktemp("faults") / "egret")
    running.base_url()
    yield running
    running.stop()


class GraphQLClient:
    """Asks as someone, for what exists."""

    def __init__(self, demo: Demo, token: str | None = None) -> None:
        self.demo, self.base, self.token = demo, demo.base_url(), token

    def ask(self, document: str, **variables: Any) -> Any:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        body = {"query": document, "variables": variables}
        return httpx.post(f"{self.base}/graphql", json=body, headers=headers, timeout=30).json()["data"]


def as_person(demo: Demo, person: str) -> GraphQLClient:
    """Signed in, each in the way of that person."""
    if person == "nobody":
        return GraphQLClient(demo)
    if person == "citizen":
        return _citizen(demo)
    if person in ("source", "partner"):
        found = re.search(
            rf"^\s+(egp_\S+{'_source_traffic-police' if person == 'source' else '_fz-library'})$", _log(demo), re.M
        )
        assert found is not None
        return GraphQLClient(demo, found[1])
    document = "mutation($i: SignInInput!) { signIn(input: $i) { ... on SignInSuccess { session { token } } } }"
    answer = GraphQLClient(demo).ask(document, i={"account": person, "password": password(demo, person)})
    return GraphQLClient(demo, answer["signIn"]["session"]["token"])


def _citizen(demo: Demo) -> GraphQLClient:
    """Binds one of the ready people in a mini-program."""
    nobody, person = GraphQLClient(demo), ready_people(MOLI.city.demo.region)[1]
    code = httpx.get(f"{nobody.base}/simulator/login-code", params={"openid": "mini-faults"}).json()["code"]
    document = "mutation($i: LogInInput!) { logIn(input: $i) { ... on LogInSuccess { session { token } } } }"
    logged_in = nobody.ask(document, i={"code": code})
    citizen = GraphQLClient(demo, logged_in["logIn"]["session"]["token"])
    started = citizen.ask(
        """mutation($i: StartBindingInput!) {
            startBinding(input: $i) { ... on StartBindingSuccess { attempt { id } } } }""",
        i={
            "consentVersion": MOLI.consent.version,
            "name": person.name,
            "idNumber": person.id_number,
            "phone": person.phone,
        },
    )
    confirmed = citizen.ask(
        "mutation($i: ConfirmBindingInput!) { confirmBinding(input: $i) { __typename } }",
        i={"attempt": started["startBinding"]["attempt"]["id"], "code": _text_message(nobody.base, person.phone)},
    )
    assert confirmed["confirmBinding"]["__typename"] == "ConfirmBindingSuccess"
    return citizen


def _text_message(base: str, phone: str) -> str:
    with httpx.stream("GET", f"{base}/simulator/events", params={"openid": "mini-faults"}, timeout=60) as events:
        for line in events.iter_lines():
            if phone in line:
                found = re.search(r"\d{6}", json.loads(line.removeprefix("data: "))["text"])
                assert found is not None
                return found[0]
    raise AssertionError("no text message came")


def _log(demo: Demo) -> str:
    return demo.log.read_text("utf-8")


def what_exists(asker: GraphQLClient, person: str) -> dict[str, list[str]]:
    """Ids and words that this person could send and mean something by."""
    public = asker.ask("{ benefits { edges { node { code } } } scheme { rules { edges { node { code } } } } }")
    words = [edge["node"]["code"] for part in (public["benefits"], public["scheme"]["rules"]) for edge in part["edges"]]
    ids: list[str] = []
    if person == "citizen":
        mine = asker.ask("{ me { records { edges { node { id documentNumber } } } } }")["me"]["records"]["edges"]
        ids = [edge["node"]["id"] for edge in mine]
    if person in ("agent", "approver"):
        cases = asker.ask("{ cases { edges { node { id dispute { number } } } } }")["cases"]["edges"]
        ids = [edge["node"]["id"] for edge in cases]
        words += [edge["node"]["dispute"]["number"] for edge in cases]
    return {"ids": ids, "words": words}


@pytest.mark.parametrize("person", PEOPLE)
def test_no_question_is_answered_by_a_fault(tools: Tools, city: Demo, person: str, tmp_path: Path) -> None:
    asker = as_person(city, person)
    arguments = ["--header", f"Authorization:Bearer {asker.token}"] if asker.token else []
    if person == "citizen":
        arguments += ["--exclude-name-regex", rf"^Mutation\.({'|'.join(ENDING)})$"]
    logged = len(_log(city))
    done = tools.python_tool(
        "st",
        *("run", str(SDL), "--url", f"{asker.base}/graphql", "--no-color"),
        *("--checks", "no_fault", "--continue-on-failure", "--warnings", "off", "--suppress-health-check", "all"),
        *("--max-examples", str(EXAMPLES), "--generation-deterministic"),
        *arguments,
        cwd=tmp_path,  # it leaves notes of what it found
        SCHEMATHESIS_HOOKS="tests.clients.faults",
        PYTHONPATH=str(ROOT),
        EGRET_KNOWN=json.dumps(what_exists(asker, person)),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Tested: {ROOT_FIELDS - (len(ENDING) if person == 'citizen' else 0)}" in done.stdout
    assert "fault in" not in _log(city)[logged:]
    assert "Traceback" not in _log(city)[logged:]
