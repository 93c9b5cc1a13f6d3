"""Global ids, `node` and what objects refer to: whatever a cache keeps can be asked for again by its id."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from schema.types.connection import encode_cursor, global_id
from schema.types.principal import Kind
from schema.types.rule import Rule, rule_id
from server.platform.kit.json import JsonObject
from tests.support.disputes import file
from tests.support.people import FAN, MOLI, RECORDS, YING
from tests.support.world import World

NODE = """query($id: ID!) { node(id: $id) { __typename id
    ... on Score { value scheme { version } } ... on Citizen { maskedName } ... on Rule { code points }
    ... on Benefit { code least } ... on Scheme { base } ... on CreditRecord { documentNumber }
    ... on Case { revision } ... on Dispute { number } } }"""


async def ids(world: World, token: str) -> JsonObject:
    """One id of each kind that a citizen meets, by kind."""
    asked = await world.ask(
        """{ me { __typename id score { __typename id lines(first: 100) { edges { node { rule { __typename id } } } } }
            records(first: 1) { edges { node { __typename id rule { __typename id } } } }
            benefits(first: 1) { edges { node { benefit { __typename id } } } } }
            scheme { __typename id } }""",
        token=token,
    )
    me = asked["data"]["me"]
    found = [me, me["score"], asked["data"]["scheme"], me["records"]["edges"][0]["node"]]
    found += [me["benefits"]["edges"][0]["node"]["benefit"], me["records"]["edges"][0]["node"]["rule"]]
    return {one["__typename"]: one["id"] for one in found}


async def node(world: World, id: str, token: str | None) -> Any:
    answer = await world.ask(NODE, token=token, id=id)
    assert "errors" not in answer, answer
    return answer["data"]["node"]


async def test_each_thing_of_a_citizen_comes_again_by_its_id(world: World) -> None:
    token = await world.bound_token()
    known = await ids(world, token)
    assert known.keys() == {"Citizen", "Score", "Scheme", "CreditRecord", "Benefit", "Rule"}
    for kind, id in known.items():
        found = await node(world, id, token)
        assert (found["__typename"], found["id"]) == (kind, id)


async def test_what_is_someone_elses_is_null(world: World) -> None:
    known = await ids(world, await world.bound_token())
    await world.enrol(FAN, openid="o-fan")
    other = world.container.sessions.log_in_page("o-fan").token
    for kind in ("Citizen", "Score", "CreditRecord"):
        assert await node(world, known[kind], other) is None


@pytest.mark.parametrize("id", ["", "???", "bm90aGluZw", encode_cursor("Nothing:1"), encode_cursor("Rule:x|y|z")])
async def test_an_id_of_nothing_is_null_and_no_error(world: World, id: str) -> None:
    assert await node(world, id, await world.bound_token()) is None


@pytest.mark.parametrize("key", ["no-such-rule|2026-01-01|2026-01-01", "volunteering.hours", "volunteering.hours|x|y"])
async def test_a_rule_that_is_none_is_null(world: World, key: str) -> None:
    assert await node(world, global_id("Rule", key), None) is None


async def test_the_desk_has_its_case_by_id_and_not_the_citizens_things(world: World) -> None:
    case = (await file(world, await world.enrol(YING, *RECORDS))).key
    await world.hire("agent", Kind.AGENT)
    token = await world.staff_token("agent")
    found = await node(world, global_id("Case", case), token)
    assert (found["__typename"], found["revision"]) == ("Case", 1)
    refused = await world.ask(NODE, token=token, id=global_id("Dispute", case))
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_a_rule_with_other_figures_has_another_id() -> None:
    """The same figures have the same id, so that a cache keeps one of them and never mixes two."""
    days = sorted({date(2020, 1, 1), *MOLI.days_of_change, date(2026, 11, 22), date(2026, 11, 23)})
    for rule in MOLI.rules:
        shown: dict[str, Rule] = {}
        for on in days:
            view = Rule.of(MOLI, rule, on, on)
            assert shown.setdefault(view.id, view) == view
            assert rule_id(MOLI, rule.code, MOLI.unchanged_since(on), MOLI.unchanged_since(on)) == view.id


LINES = """{ me { score { lines(first: 100) { edges { node {
    position points dimension { code value } rule { code points } record { id documentNumber dispute { number } } } } }
    withheld { edges { node { position withheldReason record { documentNumber } } } } } } }"""


async def test_lines_lead_to_their_record_rule_and_dimension(world: World) -> None:
    score = (await world.ask(LINES, token=await world.bound_token()))["data"]["me"]["score"]
    lines = [edge["node"] for edge in score["lines"]["edges"]]
    assert lines[0] | {"points": 0} == {"position": 0, "points": 0, "dimension": None, "rule": None, "record": None}
    about = {line["record"]["documentNumber"]: line for line in lines if line["record"]}
    assert about.keys() | {"N1"} == {record.id for record in RECORDS}
    assert about["T1"]["rule"] == {"code": "traffic.illegal-parking", "points": -10}
    assert about["T1"]["dimension"]["code"] in {d.code for d in MOLI.dimensions}
    (withheld,) = [edge["node"] for edge in score["withheld"]["edges"]]
    assert withheld["record"] == {"documentNumber": "N1"}
    assert withheld["position"] == len(lines)


async def test_one_bad_cursor_empties_one_list_and_not_the_screen(world: World) -> None:
    answer = await world.ask(
        '{ me { maskedName score { value } passes(after: "???") { edges { cursor } } records { totalCount } } }',
        token=await world.bound_token(),
    )
    assert answer["data"]["me"]["passes"] is None
    assert answer["data"]["me"]["maskedName"] == "陈*"
    assert answer["data"]["me"]["records"] == {"totalCount": len(RECORDS)}
    assert answer["errors"][0]["path"] == ["me", "passes"]


async def test_a_cursor_of_another_list_is_an_end_or_a_refusal(world: World) -> None:
    token = await world.bound_token()
    cursors = await world.ask("{ me { records(first: 1) { pageInfo { endCursor } } } }", token=token)
    after = cursors["data"]["me"]["records"]["pageInfo"]["endCursor"]
    for name in ("history", "passes", "disputes", "accessLog", "benefits", "steps", "calendar"):
        document = f"query($a: String) {{ me {{ {name}(after: $a) {{ edges {{ cursor }} }} }} }}"
        answer = await world.ask(document, token=token, a=after)
        connection = answer["data"]["me"][name]
        assert connection == {"edges": []} or answer["errors"][0]["extensions"]["code"] == "BAD_INPUT", name


VIEWER = "{ viewer { kind channel organisation citizen { maskedName } staff { account role } } }"


async def test_viewer_says_who_asks(world: World) -> None:
    nobody = {"kind": "ANONYMOUS", "channel": None, "organisation": None, "citizen": None, "staff": None}
    assert (await world.ask(VIEWER))["data"]["viewer"] == nobody
    unbound = await world.mini_program("mini-9")
    assert (await world.ask(VIEWER, token=unbound))["data"]["viewer"] == nobody | {"channel": "MINI_PROGRAM"}
    citizen = {"kind": "CITIZEN", "channel": "MINI_PROGRAM", "citizen": {"maskedName": "陈*"}}
    assert (await world.ask(VIEWER, token=await world.bound_token()))["data"]["viewer"] == nobody | citizen
    await world.hire("auditor", Kind.AUDITOR)
    staff = {"kind": "AUDITOR", "staff": {"account": "auditor", "role": "AUDITOR"}}
    token = await world.staff_token("auditor")
    assert (await world.ask(VIEWER, token=token))["data"]["viewer"] == nobody | staff
    partner = await world.partner("fz-library")
    assert (await world.ask(VIEWER, token=partner))["data"]["viewer"] == nobody | {
        "kind": "PARTNER",
        "organisation": "fz-library",
    }


@pytest.mark.parametrize(
    "name", ["history", "records", "passes", "disputes", "accessLog", "benefits", "steps", "consents"]
)
async def test_a_persons_own_lists_say_how_long_they_are(world: World, name: str) -> None:
    document = f"{{ me {{ {name}(first: 100) {{ totalCount edges {{ cursor }} }} }} }}"
    found = (await world.ask(document, token=await world.bound_token()))["data"]["me"][name]
    assert found["totalCount"] == len(found["edges"])
