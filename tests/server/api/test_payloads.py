"""What a change answers with: all that a cache needs to follow, or a refusal with its facts."""

from __future__ import annotations

from typing import Any

import pytest

from server.platform.kit.json import JsonObject
from tests.support.people import YING
from tests.support.world import World

REFUSAL = "... on Refusal { __typename refusalCode inputField message { zh en text } }"
OPEN = f"""mutation($input: OpenDisputeInput!) {{ openDispute(input: $input) {{
    ... on OpenDisputeSuccess {{
        dispute {{ id number record {{ id }} }} disputeEdge {{ cursor node {{ id }} }}
        record {{ id disputed dispute {{ id }} }} citizen {{ id score {{ id value }} disputes {{ totalCount }} }} }}
    ... on DisputeOpenRefusal {{ dispute {{ id number }} }}
    ... on WordsTooLongRefusal {{ mostCharacters characters }}
    {REFUSAL} }} }}"""
ISSUE = f"""mutation($input: IssuePassInput!) {{ issuePass(input: $input) {{
    ... on IssuePassSuccess {{ pass {{ id code }} passEdge {{ cursor node {{ id }} }} citizen {{ id }} }}
    ... on BenefitNotOpenRefusal {{ benefit {{ id code ordinaryRoute {{ zh }} }} }}
    {REFUSAL} }} }}"""


async def change(world: World, document: str, token: str, **values: Any) -> JsonObject:
    answer = await world.ask(document, token=token, input=values)
    (result,) = answer["data"].values()
    found: JsonObject = result
    return found


async def parking(world: World, token: str) -> str:
    """The record with a penalty."""
    asked = await world.ask("{ me { records { edges { node { id points } } } } }", token=token)
    nodes = [edge["node"] for edge in asked["data"]["me"]["records"]["edges"]]
    found: str = next(node["id"] for node in nodes if node["points"] == -10)
    return found


async def test_after_filing_everything_that_moved_is_in_the_payload(world: World) -> None:
    token = await world.bound_token()
    record = await parking(world, token)
    before = (await world.ask("{ me { id score { id value } } }", token=token))["data"]["me"]
    filed = await change(world, OPEN, token, recordId=record, reason="NOT_MINE", words="车已经卖了")
    dispute = filed["dispute"]["id"]
    assert filed["record"] == {"id": record, "disputed": True, "dispute": {"id": dispute}}
    assert filed["dispute"]["record"] == {"id": record}
    assert filed["citizen"]["id"] == before["id"]
    assert filed["citizen"]["score"] == {"id": before["score"]["id"], "value": before["score"]["value"] + 10}
    listed = await world.ask("{ me { disputes { totalCount edges { cursor node { id } } } } }", token=token)
    assert listed["data"]["me"]["disputes"] == {"totalCount": 1, "edges": [filed["disputeEdge"]]}
    assert filed["citizen"]["disputes"]["totalCount"] == 1


async def test_a_second_dispute_is_refused_with_the_first(world: World) -> None:
    token = await world.bound_token()
    record = await parking(world, token)
    given = {"recordId": record, "reason": "NOT_MINE", "words": "车已经卖了"}
    first = await change(world, OPEN, token, **given)
    second = await change(world, OPEN, token, **given)
    assert second["__typename"] == "DisputeOpenRefusal"
    assert (second["refusalCode"], second["inputField"]) == ("DISPUTE_OPEN", "recordId")
    assert second["dispute"] == {"id": first["dispute"]["id"], "number": first["dispute"]["number"]}


async def test_words_that_are_too_long_say_how_long_they_may_be(world: World) -> None:
    token = await world.bound_token()
    refused = await change(
        world, OPEN, token, recordId=await parking(world, token), reason="NOT_MINE", words="字" * 501
    )
    assert (refused["mostCharacters"], refused["characters"], refused["inputField"]) == (500, 501, "words")


async def test_a_pass_comes_with_its_edge_and_a_closed_benefit_with_its_ordinary_route(world: World) -> None:
    token = await world.bound_token()
    issued = await change(world, ISSUE, token, benefit="library.deposit-free")
    listed = await world.ask("{ me { passes { edges { cursor node { id } } } } }", token=token)
    assert listed["data"]["me"]["passes"]["edges"] == [issued["passEdge"]]
    refused = await change(world, ISSUE, token, benefit="sanfang.umbrella")
    assert (refused["__typename"], refused["refusalCode"]) == ("BenefitNotOpenRefusal", "BENEFIT_NOT_OPEN")
    assert refused["benefit"]["code"] == "sanfang.umbrella"
    assert refused["benefit"]["ordinaryRoute"]["zh"] in refused["message"]["zh"]


async def test_a_refused_change_is_no_edge(world: World) -> None:
    """So what prepends `disputeEdge` to a list prepends nothing."""
    token = await world.bound_token()
    refused = await change(world, OPEN, token, recordId="bm90aGluZw", reason="NOT_MINE", words="车已经卖了")
    assert refused["refusalCode"] == "NOT_FOUND"
    assert "disputeEdge" not in refused


BIND = """mutation($start: StartBindingInput!, $confirm: ConfirmBindingInput!, $starts: Boolean!) {
    startBinding(input: $start) @include(if: $starts) {
        ... on StartBindingSuccess { attempt { id maskedPhone } }
        ... on TooManyTriesRefusal { retryAfter } ... on Refusal { refusalCode } }
    confirmBinding(input: $confirm) @skip(if: $starts) {
        ... on ConfirmBindingSuccess { maskedName } ... on CodeWrongRefusal { triesLeft }
        ... on TooManyTriesRefusal { retryAfter } ... on Refusal { refusalCode } } }"""


async def test_a_wrong_code_says_how_many_tries_are_left_and_too_many_how_long_to_wait(world: World) -> None:
    await world.register(YING)
    token = await world.mini_program()
    person = {"consentVersion": "2026-1", "name": YING.name, "idNumber": YING.id_number, "phone": YING.phone}
    start: dict[str, Any] = {"start": person, "confirm": {"attempt": "", "code": ""}, "starts": True}
    attempt = (await world.ask(BIND, token=token, **start))["data"]["startBinding"]["attempt"]
    wrong = f"{(int(await world.last_code()) + 1) % 10**6:06d}"
    confirm = start | {"confirm": {"attempt": attempt["id"], "code": wrong}, "starts": False}
    heard = [(await world.ask(BIND, token=token, **confirm))["data"]["confirmBinding"] for _ in range(6)]
    assert [one.get("triesLeft") for one in heard[:4]] == [4, 3, 2, 1]
    assert heard[-1]["refusalCode"] == "TOO_MANY_TRIES"
    assert heard[-1]["retryAfter"] > 0


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        (None, "zh"),
        ("en", "en"),
        ("en-GB,en;q=0.9,zh;q=0.1", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("fr-CH, fr;q=0.9, *;q=0.5", "zh"),
        ("en;q=0, zh;q=0", "zh"),
        ("EN-us", "en"),
        (";;;,,q=" * 900, "zh"),
    ],
)
async def test_text_is_in_the_language_that_was_asked_for(world: World, asked: str | None, language: str) -> None:
    headers = {} if asked is None else {"accept-language": asked}
    body = {"query": "{ scheme { city { zh en text } } }"}
    city = (await world.http.post("/graphql", json=body, headers=headers)).json()["data"]["scheme"]["city"]
    assert city["text"] == city[language]


async def test_what_may_be_kept_says_that_it_differs_by_language(world: World) -> None:
    answer = await world.http.get("/graphql", params={"query": "{ scheme { city { text } } }"})
    assert "accept-language" in answer.headers["vary"]


CHECK = f"mutation($input: CheckIdentityInput!) {{ checkIdentity(input: $input) {{ {REFUSAL} }} }}"


@pytest.mark.parametrize("field", ["NAME", "ID_NUMBER", "PHONE"])
async def test_the_input_that_a_refusal_is_about_is_one_of_the_change(world: World, field: str) -> None:
    """Whatever else is named is a warning, and fails the test that it happens in."""
    refused = await change(world, CHECK, await world.mini_program(), field=field, value="?")
    assert refused["inputField"] == "value"
