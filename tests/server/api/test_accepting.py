"""The form of an answer by `Accept`: quality, order and case, JSON before events, 406 where none is taken."""

from __future__ import annotations

import pytest

from server.api.accepting import Media, accepted
from tests.support.world import World

URQL = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"
APOLLO = "application/graphql-response+json,application/json;q=0.9"
FORMS = {
    None: Media.JSON,
    "": Media.JSON,
    "*/*": Media.JSON,
    "application/*": Media.JSON,
    "application/json": Media.JSON,
    "Application/JSON ; Charset=UTF-8": Media.JSON,
    "application/graphql-response+json": Media.RESPONSE,
    "application/graphql-response+json, */*;q=0.1": Media.RESPONSE,
    "application/json;q=0.8, application/graphql-response+json;q=0.9": Media.RESPONSE,
    "application/graphql-response+json;q=0.2, application/json": Media.JSON,
    "application/json;q=0, application/graphql-response+json": Media.RESPONSE,
    URQL: Media.RESPONSE,
    APOLLO: Media.RESPONSE,
    "text/event-stream": Media.EVENTS,
    "text/event-stream, application/json;q=0.1": Media.EVENTS,
    "text/*": Media.EVENTS,
    "text/event-stream;q=0": None,
    "image/png": None,
    "application/json;q=0": None,
    "*/*;q=0": None,
    "x" * 9000 + ", application/json": None,
    ", ".join(["image/png"] * 100) + ", application/json": None,
}


@pytest.mark.parametrize(("header", "form"), FORMS.items())
def test_a_question_or_a_change_comes_in_the_best_form(header: str | None, form: Media | None) -> None:
    assert accepted(header, listens=False) is form


@pytest.mark.parametrize("header", [URQL, "text/event-stream", "TEXT/EVENT-STREAM; q=0.1, */*"])
def test_what_listens_comes_as_events_to_whom_names_them(header: str) -> None:
    assert accepted(header, listens=True) is Media.EVENTS


@pytest.mark.parametrize("header", [None, "*/*", "application/json", "text/event-stream;q=0"])
def test_a_stream_is_not_sent_to_a_client_that_does_not_name_it(header: str | None) -> None:
    assert accepted(header, listens=True) is None


async def test_what_cannot_be_met_is_406(world: World) -> None:
    answer = await world.http.post("/graphql", json={"query": "{ __typename }"}, headers={"accept": "image/png"})
    assert answer.status_code == 406
    assert "application/json" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"query": "{ f("}, 400),
        ({"query": "{ rank }"}, 422),
        ({"query": "query($id: ID!) { node(id: $id) { id } }"}, 400),
        ({"query": "{ __typename }", "operationName": ""}, 200),
    ],
)
async def test_the_status_says_what_was_wrong(world: World, body: dict[str, str], status: int) -> None:
    headers = {"accept": "application/graphql-response+json"}
    assert (await world.http.post("/graphql", json=body, headers=headers)).status_code == status


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"])
async def test_utf_8_by_each_of_its_names(world: World, charset: str) -> None:
    headers = {"content-type": f"application/json; charset={charset}"}
    answer = await world.http.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
    assert answer.json()["data"] == {"__typename": "Query"}


async def test_events_tell_an_invalid_document_as_next(world: World) -> None:
    headers = {"accept": "text/event-stream"}
    answer = await world.http.post("/graphql", json={"query": "{ rank }"}, headers=headers)
    assert answer.status_code == 200
    assert answer.text.startswith('event: next\ndata: {"errors":[{"message":"Cannot query field `rank`')
    assert answer.text.endswith("event: complete\ndata:\n\n")


async def test_a_hash_alone_makes_a_client_send_the_text(world: World) -> None:
    def persisted(hash: str) -> dict[str, object]:
        return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}}

    unknown = await world.http.post("/graphql", json=persisted("0" * 64))
    assert (unknown.status_code, unknown.json()["errors"][0]["message"]) == (200, "PersistedQueryNotSupported")
    assert unknown.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_SUPPORTED"
    wrong = await world.http.post("/graphql", json={"query": "{ __typename }", **persisted("0" * 64)})
    assert "SHA-256" in wrong.json()["errors"][0]["message"]
