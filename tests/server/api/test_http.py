"""`/graphql` over HTTP: methods, bodies, what may be kept, trusted documents, budgets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.operations import operations
from schema.engine.documents import document_id
from schema.types.principal import Kind
from tests.support.people import YING
from tests.support.world import World


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ("{ cases { edges { node { id } } } }", "NOT_SIGNED_IN"),
        ('{ letter(id: "x") { number } }', "NOT_SIGNED_IN"),
        ("{ benefits(first: 0) { edges { cursor } } }", "BAD_INPUT"),
        ('{ benefits(after: "%") { edges { cursor } } }', "BAD_INPUT"),
        ("{ nonsense }", "BAD_INPUT"),
    ],
)
async def test_errors_carry_a_stable_code(world: World, document: str, kind: str) -> None:
    answer = await world.ask(document)
    assert answer["errors"][0]["extensions"]["code"] == kind


async def test_http_manners(world: World) -> None:
    http = world.http
    assert (await http.get("/graphql", params={"query": "{ __typename }"})).json() == {"data": {"__typename": "Query"}}
    mutation = await http.get("/graphql", params={"query": "mutation { leave { __typename } }"})
    assert mutation.json()["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    assert (await http.post("/graphql", content=b"{}", headers={"content-type": "text/plain"})).status_code == 415
    sneaky = {"content-type": "text/plain, application/json"}
    assert (await http.post("/graphql", content=b"{}", headers=sneaky)).status_code == 415
    for body in (
        b"",
        b"[]",
        b"{",
        b'{"query": 1}',
        b'{"query": "{ __typename }", "variables": []}',
        b"[" * 60_000,
    ):
        response = await http.post("/graphql", content=body, headers={"content-type": "application/json"})
        assert response.status_code == 400, body[:20]
    too_large = {"query": "{ __typename }" + " " * 65536}
    assert (await http.post("/graphql", json=too_large)).status_code == 413
    modern = {"accept": "application/graphql-response+json"}
    failed = await http.post("/graphql", json={"query": "{ nope }"}, headers=modern)
    assert (failed.status_code, "data" in failed.json()) == (422, False)
    assert failed.headers["content-type"].startswith("application/graphql-response+json")
    long_key = {"idempotency-key": "k" * 201}
    assert (await http.post("/graphql", json={"query": "{ __typename }"}, headers=long_key)).status_code == 400


async def test_a_long_answer_is_compressed_for_a_client_that_takes_it(world: World) -> None:
    asked = {"query": "{ scheme { rules { edges { node { code legalBasis } } } } }"}
    packed = await world.http.post("/graphql", json=asked)
    plain = await world.http.post("/graphql", json=asked, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert "content-encoding" not in plain.headers
    assert packed.json()["data"] == plain.json()["data"]
    assert len(plain.content) > 2 * int(packed.headers["content-length"])


SCHEME = "{ scheme { base version digest } }"


async def test_public_data_is_kept_by_anyone_who_asks_until_it_changes(world: World) -> None:
    asked = {"query": SCHEME}
    first = await world.http.get("/graphql", params=asked)
    assert first.headers["cache-control"] == "public, max-age=60"
    tag = first.headers["etag"]
    again = await world.http.get("/graphql", params=asked, headers={"if-none-match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    changed = await world.http.get("/graphql", params=asked, headers={"if-none-match": '"other"'})
    assert changed.json() == first.json()


async def test_nobodys_number_stands_in_an_address(world: World) -> None:
    await world.hire("agent", Kind.AGENT)
    headers = {"authorization": f"Bearer {await world.staff_token('agent')}"}
    document = """query($t: String!) { ...Search }
        fragment Search on Query { searchCases(text: $t) { edges { node { id } } } }"""
    asked = {"query": document, "variables": f'{{"t": "{YING.id_number}"}}'}
    refused = await world.http.get("/graphql", params=asked, headers=headers)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    posted = await world.ask(document, token=await world.staff_token("agent"), t=YING.id_number)
    assert posted["data"] == {"searchCases": {"edges": []}}


async def test_what_is_personal_is_kept_by_no_one(world: World) -> None:
    headers = {"authorization": f"Bearer {await world.bound_token()}"}
    for asked in ("{ me { score { value } } }", "{ me { score { value } } scheme { base } }"):
        answer = await world.http.get("/graphql", params={"query": asked}, headers=headers)
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
    failed = await world.http.get("/graphql", params={"query": "{ benefits(first: 0) { edges { cursor } } }"})
    assert failed.headers["cache-control"] == "no-store"


async def test_a_trusted_document_is_asked_by_its_id(world: World) -> None:
    id = document_id(operations()["Score"])
    token = await world.bound_token()
    headers = {"authorization": f"Bearer {token}"}
    by_text = (await world.ask(operations()["Score"], token=token))["data"]
    for body in (
        {"documentId": id},
        {"documentId": f"sha256:{id}"},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": id}}},
    ):
        assert (await world.http.post("/graphql", json=body, headers=headers)).json()["data"] == by_text
    unknown = await world.http.post("/graphql", json={"documentId": "0" * 64})
    assert (unknown.status_code, unknown.json()["errors"][0]["extensions"]["code"]) == (404, "UNTRUSTED")


@pytest.mark.parametrize("told", [{"demo": False}, {"trusted_only": True}], ids=["no demo", "told"])
async def test_trusted_documents_only_outside_the_demo_and_where_a_city_says_so(
    world: World, told: dict[str, bool]
) -> None:
    token = await world.bound_token()
    await world.hire("agent", Kind.AGENT)
    desk = await world.staff_token("agent")
    world.app.state.container = replace(world.container, settings=world.container.settings.model_copy(update=told))
    for who in (None, token):
        refused = await world.ask("{ scheme { base } }", token=who)
        assert refused["errors"][0]["extensions"]["code"] == "UNTRUSTED"
    assert (await world.ask(operations()["Score"], token=token))["data"]["me"]
    assert "data" in await world.ask("{ scheme { base } }", token=desk)


async def test_a_budget_for_each_caller(world: World) -> None:
    token = await world.bound_token()
    costly = "{ me { records(first: 20) { edges { node { id points } } } } }"
    for document in (costly, "{ __typename }"):  # a document that is known costs what it asks for
        await world.ask(document)
    world.allow(100)
    headers = {"authorization": f"Bearer {token}"}
    first = await world.http.post("/graphql", json={"query": costly}, headers=headers)
    assert first.status_code == 200
    second = await world.http.post("/graphql", json={"query": costly}, headers=headers)
    assert second.status_code == 429
    assert 0 < int(second.headers["retry-after"]) <= 60
    assert second.json()["errors"][0]["extensions"]["code"] == "TOO_MUCH"
    assert "data" in await world.ask("{ __typename }")  # someone else's budget


async def test_a_body_that_does_not_arrive_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.platform.http.bodies.BODY_SECONDS", 0.05)

    async def dripping() -> AsyncIterator[bytes]:
        yield b'{"query": '
        await asyncio.sleep(10)
        yield b'"{ __typename }"}'

    answer = await world.http.post("/graphql", content=dripping(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (408, "TOO_SLOW")
