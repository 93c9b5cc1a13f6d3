"""`/graphql`: the story for an app, page after page, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from schema.types.connection import encode_cursor
from schema.types.principal import Kind
from scoring.engine import assess
from tests.support.people import MOLI, RECORDS, TODAY
from tests.support.world import World

ME = """{ me {
  maskedName maskedIdNumber
  enrolment { scheme { code } consentVersion consentCurrent }
  score { value lowest highest asOf digest band { code label { zh en } }
    scheme { code version digest } dimensions { code value floor cap }
    reasons { label { zh } points count } nextBenefit { shortBy benefit { code least } }
    lines(first: 3) { edges { cursor node { position kind points record { id } documentNumber rule { code }
      dimension { code } expiresOn legalBasis provenance } } pageInfo { hasNextPage endCursor } }
    withheld { edges { node { position withheldReason until points } } } }
  history { edges { node { value cause asOf } } }
  records { edges { node { id documentNumber points withheldReason rule { code dataClass } source { code } } } }
  benefits { edges { node { eligible shortBy benefit { code } } } }
  passes { edges { node { id code state } } }
  disputes { edges { node { number state } } }
  consents { edges { node { version purpose } } }
  optionalItems { edges { node { rule { code } declined } } }
  accessLog { edges { node { role action } } }
} }"""
ISSUE = """mutation { issuePass(input: {benefit: "library.deposit-free"}) {
  ... on IssuePassSuccess { pass { id code state } } ... on Refusal { refusalCode } } }"""
DECLINE = """mutation($d: Boolean!) { declineItem(input: {rule: "volunteering.hours", declined: $d}) {
  ... on DeclineItemSuccess { optionalItem { declined } } ... on Refusal { refusalCode } } }"""
KEY_REUSED = {"refusalCode": "KEY_REUSED"}


async def test_me_has_everything(world: World) -> None:
    me = (await world.ask(ME, token=await world.bound_token()))["data"]["me"]
    assert me["maskedName"] == "陈*"
    assert me["enrolment"] == {"scheme": {"code": "fuzhou-moli"}, "consentVersion": "2026-1", "consentCurrent": True}
    score = me["score"]
    assert score["value"] == 610
    assert score["digest"] == assess(MOLI, RECORDS, TODAY).digest
    assert score["band"] == {"code": "steady", "label": {"zh": "平稳", "en": "Steady"}}
    assert score["reasons"][0]["points"] == -10, "what takes points comes first"
    assert score["nextBenefit"] == {"shortBy": 40, "benefit": {"code": "sanfang.umbrella", "least": 650}}
    assert score["lines"]["edges"][0]["node"]["kind"] == "BASE"
    assert score["lines"]["pageInfo"]["hasNextPage"] is True
    assert score["withheld"]["edges"][0]["node"]["withheldReason"] == "NOTICE_NOT_DUE"
    assert [e["node"]["cause"] for e in me["history"]["edges"]] == ["ENROLMENT"]
    assert len(me["records"]["edges"]) == len(RECORDS)
    assert me["benefits"]["edges"][0]["node"]["eligible"] is True
    assert me["consents"]["edges"][0]["node"] == {"version": "2026-1", "purpose": "score"}
    assert len(me["optionalItems"]["edges"]) == 5


async def test_pages_follow_one_another(world: World) -> None:
    token = await world.bound_token()
    document = """query($after: String) { me { records(first: 3, after: $after) {
        edges { node { documentNumber } } pageInfo { hasNextPage endCursor } } } }"""
    seen: list[str] = []
    after = None
    while True:
        page = (await world.ask(document, token=token, after=after))["data"]["me"]["records"]
        seen += [edge["node"]["documentNumber"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert sorted(seen) == sorted(r.id for r in RECORDS)


async def test_history_passes_and_disputes_have_keyset_pages(world: World) -> None:
    token = await world.bound_token()
    ids = [(await world.ask(ISSUE, token=token))["data"]["issuePass"]["pass"]["id"] for _ in range(3)]
    document = """query($after: String) { me { passes(first: 2, after: $after) {
        edges { node { id } } pageInfo { hasNextPage endCursor hasPreviousPage } } } }"""
    first = (await world.ask(document, token=token))["data"]["me"]["passes"]
    second = (await world.ask(document, token=token, after=first["pageInfo"]["endCursor"]))["data"]["me"]["passes"]
    assert [e["node"]["id"] for e in (*first["edges"], *second["edges"])] == ids[::-1]
    assert second["pageInfo"]["hasPreviousPage"]


async def test_a_dispute_from_filing_to_decision(world: World) -> None:
    token = await world.bound_token()
    await world.hire("agent", Kind.AGENT)
    await world.hire("approver", Kind.APPROVER)
    records = (await world.ask("{ me { records { edges { node { id points } } } } }", token=token))["data"]
    parking = next(e["node"]["id"] for e in records["me"]["records"]["edges"] if e["node"]["points"] == -10)
    filed = await world.ask(
        """mutation($input: OpenDisputeInput!) { openDispute(input: $input) {
            ... on OpenDisputeSuccess { dispute { id number state dueOn } } ... on Refusal { refusalCode } } }""",
        token=token,
        input={"recordId": parking, "reason": "NOT_MINE", "words": "车已经卖了"},
    )
    dispute = filed["data"]["openDispute"]["dispute"]
    assert (dispute["number"], dispute["state"], dispute["dueOn"]) == (
        "D-2026-000001",
        "SUBMITTED",
        "2026-11-30",
    )
    assert (await world.ask("{ me { score { value } } }", token=token))["data"]["me"]["score"]["value"] == 620

    desk = await world.staff_token("agent")
    queue = await world.ask("{ cases { edges { node { id citizenName dispute { number } } } } }", token=desk)
    (edge,) = queue["data"]["cases"]["edges"]
    assert edge["node"]["citizenName"] is None
    case_id = edge["node"]["id"]
    case = await world.ask(
        """query($id: ID!) { case(id: $id) { revision citizenName scoreWith scoreWithout
            dispute { words reason } record { documentNumber } } }""",
        token=desk,
        id=case_id,
    )
    found = case["data"]["case"]
    assert (found["citizenName"], found["scoreWith"], found["scoreWithout"]) == ("陈*", 610, 620)
    assert found["dispute"] == {"words": "车已经卖了", "reason": "NOT_MINE"}
    claim = """mutation($input: ClaimCaseInput!) { claimCase(input: $input) {
        ... on ClaimCaseSuccess { case { revision heldByMe } } ... on Refusal { refusalCode } } }"""
    claimed = (await world.ask(claim, token=desk, input={"id": case_id}))["data"]["claimCase"]["case"]
    assert claimed["heldByMe"] is True
    decided = await world.ask(
        """mutation($input: DecideCaseInput!) { decideCase(input: $input) {
            ... on DecideCaseSuccess { case { revision dispute { state } } } ... on Refusal { refusalCode } } }""",
        token=desk,
        input={
            "id": case_id,
            "revision": claimed["revision"],
            "determination": "DELETED",
            "explanation": "属实",
        },
    )
    proposed = decided["data"]["decideCase"]["case"]
    assert proposed["dispute"]["state"] == "PROPOSED"
    approve = """mutation($input: ApproveCaseInput!) { approveCase(input: $input) {
        ... on ApproveCaseSuccess { case { dispute { state determination } } } ... on Refusal { refusalCode } } }"""
    approval = {"id": case_id, "revision": proposed["revision"], "determination": "DELETED"}
    refused = await world.ask(approve, token=desk, input=approval)
    assert refused["data"]["approveCase"]["refusalCode"] == "FORBIDDEN"
    second = await world.staff_token("approver")
    approved = await world.ask(approve, token=second, input=approval)
    assert approved["data"]["approveCase"]["case"]["dispute"] == {"state": "RESOLVED", "determination": "DELETED"}
    node = await world.ask(
        "query($id: ID!) { node(id: $id) { id ... on Dispute { explanation } } }",
        token=token,
        id=dispute["id"],
    )
    assert node["data"]["node"]["explanation"] == "属实"


async def test_refusals_in_disputes_are_typed(world: World) -> None:
    token = await world.bound_token()
    records = await world.ask("{ me { records { edges { node { id points withheldReason } } } } }", token=token)
    nodes = [e["node"] for e in records["data"]["me"]["records"]["edges"]]
    parking = next(n["id"] for n in nodes if n["points"] == -10)
    document = """mutation($input: OpenDisputeInput!) { openDispute(input: $input) {
        ... on OpenDisputeSuccess { dispute { number } } ... on Refusal { refusalCode message { zh } } } }"""

    async def file(record_id: str, words: str = "不是我") -> dict[str, Any]:
        given = {"recordId": record_id, "reason": "NOT_MINE", "words": words}
        answer = await world.ask(document, token=token, input=given)
        found: dict[str, Any] = answer["data"]["openDispute"]
        return found

    assert (await file("nothing"))["refusalCode"] == "NOT_FOUND"
    assert (await file(parking, " "))["refusalCode"] == "WORDS_NEEDED"
    assert (await file(parking, "字" * 501))["refusalCode"] == "WORDS_TOO_LONG"
    assert "dispute" in await file(parking)
    again = await file(parking)
    assert again["refusalCode"] == "DISPUTE_OPEN"
    assert "D-2026-000001" in again["message"]["zh"]
    notice = next(n["id"] for n in nodes if n["withheldReason"] == "NOTICE_NOT_DUE")
    assert "dispute" in await file(notice)


async def test_a_foreign_cursor_is_bad_input(world: World) -> None:
    token = await world.bound_token()
    for field in ("history", "passes", "disputes", "accessLog"):
        document = f'{{ me {{ {field}(after: "MTIzeA") {{ pageInfo {{ hasNextPage }} }} }} }}'
        answer = await world.ask(document, token=token)
        assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT", field


async def test_one_live_pass_for_a_benefit(world: World) -> None:
    token = await world.bound_token()
    first, second = [(await world.ask(ISSUE, token=token))["data"]["issuePass"]["pass"]["code"] for _ in range(2)]
    key = await world.partner("fz-library")
    redeem = "mutation($c: String!) { redeemPass(input: {code: $c}) { ... on RedeemPassSuccess { valid } } }"
    assert (await world.ask(redeem, token=key, c=first))["data"]["redeemPass"]["valid"] is False
    assert (await world.ask(redeem, token=key, c=second))["data"]["redeemPass"]["valid"] is True


async def test_the_scheme_and_the_benefits_are_public(world: World) -> None:
    answer = await world.ask(
        """{ scheme { version base rules(first: 100) { edges { node { code legalBasis provenance } } } }
        benefits { edges { node { code least ordinaryRoute { zh } } } } consentText { version } me { maskedName } }"""
    )
    data = answer["data"]
    assert data["me"] is None
    assert data["scheme"]["base"] == 500
    assert len(data["scheme"]["rules"]["edges"]) == len(MOLI.rules)
    bounds = {e["node"]["code"]: e["node"]["least"] for e in data["benefits"]["edges"]}
    assert bounds["gulou.express"] == 684
    assert bounds["metro.discount"] == 697


async def test_a_citizen_is_not_the_desk_and_the_desk_is_no_citizen(world: World) -> None:
    token = await world.bound_token()
    answer = await world.ask("{ cases { edges { node { id } } } }", token=token)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    await world.hire("agent", Kind.AGENT)
    desk = await world.staff_token("agent")
    assert (await world.ask("{ me { maskedName } }", token=desk))["data"]["me"] is None
    leave = await world.ask("mutation { leave { ... on Refusal { refusalCode } } }", token=desk)
    assert leave["data"]["leave"]["refusalCode"] == "FORBIDDEN"


async def test_an_idempotency_key_makes_a_retry_safe(world: World) -> None:
    token = await world.bound_token()
    first = await world.ask(ISSUE, token=token, key="k1")
    assert await world.ask(ISSUE, token=token, key="k1") == first
    assert await world.container.store["passes"].count_documents({}) == 1


async def test_an_idempotency_key_belongs_to_one_request(world: World) -> None:
    token = await world.bound_token()
    off = {"optionalItem": {"declined": True}}
    assert (await world.ask(DECLINE, token=token, key="k", d=True))["data"]["declineItem"] == off
    assert (await world.ask(DECLINE, token=token, key="k", d=True))["data"]["declineItem"] == off
    assert (await world.ask(DECLINE, token=token, key="k", d=False))["data"]["declineItem"] == KEY_REUSED


async def test_a_key_is_of_one_change_only(world: World) -> None:
    token = await world.bound_token()
    await world.ask(ISSUE, token=token, key="k")
    assert (await world.ask(DECLINE, token=token, key="k", d=True))["data"]["declineItem"] == KEY_REUSED
    two = "mutation { a: unlink { __typename } b: unlink { __typename } }"
    assert "one change" in (await world.ask(two, token=token, key="k2"))["errors"][0]["message"]


async def test_walking_past_the_end_of_the_history_is_an_empty_page(world: World) -> None:
    token = await world.bound_token()
    document = "query($a: String) { me { history(first: 5, after: $a) { edges { cursor } pageInfo { endCursor } } } }"
    page = (await world.ask(document, token=token))["data"]["me"]["history"]
    after = page["pageInfo"]["endCursor"]
    assert (await world.ask(document, token=token, a=after))["data"]["me"]["history"]["edges"] == []


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+23:59"])
async def test_a_cursor_at_the_edge_of_time_is_bad_input(world: World, moment: str) -> None:
    token = await world.bound_token()
    for field in ("history", "disputes", "passes"):
        document = f"query($a: String) {{ me {{ {field}(after: $a) {{ edges {{ cursor }} }} }} }}"
        answer = await world.ask(document, token=token, a=encode_cursor(moment))
        assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_a_look_at_anything_of_ones_own_is_on_the_log_once_a_day(world: World) -> None:
    token = await world.bound_token()
    log = "{ me { accessLog(first: 50) { edges { node { action } } } } }"

    async def looks() -> int:
        edges = (await world.ask(log, token=token))["data"]["me"]["accessLog"]["edges"]
        return sum(edge["node"]["action"] == "SCORE_VIEWED" for edge in edges)

    before = await looks()
    world.clock.advance(days=1)
    token = await world.mini_program()
    document = """{ me { records { edges { cursor } } history { edges { cursor } } steps { edges { node { points } } }
        score { value } } }"""
    assert "errors" not in await world.ask(document, token=token)
    assert await looks() == before + 1


async def test_a_complaint_is_filed_with_exactly_one_subject(world: World) -> None:
    token = await world.bound_token()
    document = """
      mutation($i: OpenComplaintInput!) { openComplaint(input: $i) {
        ... on OpenComplaintSuccess { dispute { topic state points record { id } source { code } rating } }
        ... on Refusal { refusalCode }
      } }
    """
    wrong = {"subject": {"data": {"aspect": "NAME"}, "service": {"rating": 5}}, "words": "两件事"}
    assert "errors" in await world.ask(document, token=token, i=wrong)
    right = {"subject": {"service": {"rating": 5}}, "words": "办得很快"}
    filed = (await world.ask(document, token=token, i=right))["data"]["openComplaint"]["dispute"]
    assert filed == {
        "topic": "SERVICE",
        "state": "RESOLVED",
        "points": 0,
        "record": None,
        "source": {"code": "office"},
        "rating": 5,
    }
