"""`/graphql`: the story for an app, the HTTP manners, and tokens."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from bot.operations import operations
from schema.connection import encode_cursor
from schema.documents import document_id
from schema.principal import Kind
from scoring.engine import assess
from server.budget import Budget
from tests.people import MOLI, TODAY, YING, record
from tests.world import World

RECORDS = [
    *(record("social-insurance.timely", f"202{n}-09-01", f"S{n}") for n in (4, 5, 6)),
    *(record("housing-fund.timely", f"202{n}-09-01", f"F{n}") for n in (4, 5, 6)),
    record("traffic.illegal-parking", "2026-09-02", "T1"),
    record("utility.power-overdue", "2026-11-10", "N1"),
]
ME = """{ me {
  maskedName maskedIdNumber
  enrolment { scheme consentVersion consentCurrent }
  score { value lowest highest asOf digest band { code label { zh en } }
    scheme { id version digest } dimensions { code value floor cap }
    reasons { label { zh } points count } nextBenefit { shortBy benefit { code least } }
    lines(first: 3) { edges { cursor node { number kind points recordId documentNumber rule expiresOn
      legalBasis provenance } } pageInfo { hasNextPage endCursor } }
    withheld { edges { node { number reason until points } } } }
  history { edges { node { value cause asOf } } }
  records { edges { node { id documentNumber points withheld rule { code dataClass } source { code } } } }
  benefits { edges { node { eligible shortBy benefit { code } } } }
  passes { edges { node { id code state } } }
  disputes { edges { node { number state } } }
  consents { edges { node { version purpose } } }
  optionalItems { edges { node { rule declined } } }
  accessLog { edges { node { role action } } }
} }"""


async def bound_token(world: World) -> str:
    """A mini-program session of a citizen who joined in the chat and linked the mini-program."""
    await world.enrol(YING, *RECORDS)
    token = await world.mini_program()
    contact = world.system.contacts.id_of("mini", "mini-1")
    link = {"hash": contact, "channel": "mini", "bound_at": world.system.clock()}
    await world.system.store["citizens"].update_one({}, {"$push": {"contacts": link}})
    return token


async def test_me_has_everything(world: World) -> None:
    me = (await world.ask(ME, token=await bound_token(world)))["data"]["me"]
    assert me["maskedName"] == "陈*"
    assert me["enrolment"] == {"scheme": "fuzhou-moli", "consentVersion": "2026-1", "consentCurrent": True}
    score = me["score"]
    assert score["value"] == 610
    assert score["digest"] == assess(MOLI, RECORDS, TODAY).digest
    assert score["band"] == {"code": "steady", "label": {"zh": "平稳", "en": "Steady"}}
    assert score["reasons"][0]["points"] == 60
    assert score["nextBenefit"] == {"shortBy": 40, "benefit": {"code": "sanfang.umbrella", "least": 650}}
    assert score["lines"]["edges"][0]["node"]["kind"] == "BASE"
    assert score["lines"]["pageInfo"]["hasNextPage"] is True
    assert score["withheld"]["edges"][0]["node"]["reason"] == "NOTICE_NOT_DUE"
    assert [e["node"]["cause"] for e in me["history"]["edges"]] == ["enrolment"]
    assert len(me["records"]["edges"]) == len(RECORDS)
    assert me["benefits"]["edges"][0]["node"]["eligible"] is True
    assert me["consents"]["edges"][0]["node"] == {"version": "2026-1", "purpose": "score"}
    assert len(me["optionalItems"]["edges"]) == 5


async def test_pages_follow_one_another(world: World) -> None:
    token = await bound_token(world)
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
    token = await bound_token(world)
    issue = 'mutation { issuePass(benefit: "library.deposit-free") { ... on Pass { id code state } } }'
    ids = [(await world.ask(issue, token=token))["data"]["issuePass"]["id"] for _ in range(3)]
    document = """query($after: String) { me { passes(first: 2, after: $after) {
        edges { node { id } } pageInfo { hasNextPage endCursor hasPreviousPage } } } }"""
    first = (await world.ask(document, token=token))["data"]["me"]["passes"]
    second = (await world.ask(document, token=token, after=first["pageInfo"]["endCursor"]))["data"]["me"]["passes"]
    assert [e["node"]["id"] for e in (*first["edges"], *second["edges"])] == ids[::-1]
    assert second["pageInfo"]["hasPreviousPage"]


async def test_a_dispute_from_filing_to_decision(world: World) -> None:
    token = await bound_token(world)
    await world.hire("agent", Kind.AGENT)
    await world.hire("approver", Kind.APPROVER)
    records = (await world.ask("{ me { records { edges { node { id points } } } } }", token=token))["data"]
    parking = next(e["node"]["id"] for e in records["me"]["records"]["edges"] if e["node"]["points"] == -10)
    filed = await world.ask(
        """mutation($input: OpenDisputeInput!) { openDispute(input: $input) {
            ... on Dispute { id number state dueOn } ... on Refusal { code } } }""",
        token=token,
        input={"recordId": parking, "reason": "NOT_MINE", "words": "车已经卖了"},
    )
    dispute = filed["data"]["openDispute"]
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
        """query($id: ID!) { case(id: $id) { ... on Case { version citizenName scoreWith scoreWithout
            dispute { words reason } record { documentNumber } } } }""",
        token=desk,
        id=case_id,
    )
    found = case["data"]["case"]
    assert (found["citizenName"], found["scoreWith"], found["scoreWithout"]) == ("陈*", 610, 620)
    assert found["dispute"] == {"words": "车已经卖了", "reason": "NOT_MINE"}
    claim = "mutation($id: ID!) { claimCase(id: $id) { ... on Case { version heldByMe } ... on Refusal { code } } }"
    claimed = (await world.ask(claim, token=desk, id=case_id))["data"]["claimCase"]
    assert claimed["heldByMe"] is True
    decided = await world.ask(
        """mutation($input: DecideInput!) { decideCase(input: $input) {
            ... on Case { version dispute { state } } ... on Refusal { code } } }""",
        token=desk,
        input={
            "id": case_id,
            "version": claimed["version"],
            "determination": "DELETED",
            "explanation": "属实",
        },
    )
    assert decided["data"]["decideCase"]["dispute"]["state"] == "PROPOSED"
    approve = """mutation($id: ID!, $v: Int!) { approveCase(id: $id, version: $v) {
        ... on Case { dispute { state determination } } ... on Refusal { code } } }"""
    version = decided["data"]["decideCase"]["version"]
    refused = await world.ask(approve, token=desk, id=case_id, v=version)
    assert refused["data"]["approveCase"]["code"] == "FORBIDDEN"
    second = await world.staff_token("approver")
    approved = await world.ask(approve, token=second, id=case_id, v=version)
    assert approved["data"]["approveCase"]["dispute"] == {"state": "RESOLVED", "determination": "DELETED"}
    node = await world.ask(
        "query($id: ID!) { node(id: $id) { id ... on Dispute { explanation } } }",
        token=token,
        id=dispute["id"],
    )
    assert node["data"]["node"]["explanation"] == "属实"


async def test_refusals_in_disputes_are_typed(world: World) -> None:
    token = await bound_token(world)
    records = await world.ask("{ me { records { edges { node { id points withheld } } } } }", token=token)
    nodes = [e["node"] for e in records["data"]["me"]["records"]["edges"]]
    parking = next(n["id"] for n in nodes if n["points"] == -10)
    document = """mutation($input: OpenDisputeInput!) { openDispute(input: $input) {
        ... on Dispute { number } ... on Refusal { code message { zh } } } }"""

    async def file(record_id: str, words: str = "不是我") -> dict[str, Any]:
        given = {"recordId": record_id, "reason": "NOT_MINE", "words": words}
        answer = await world.ask(document, token=token, input=given)
        found: dict[str, Any] = answer["data"]["openDispute"]
        return found

    assert (await file("nothing"))["code"] == "NOT_FOUND"
    assert (await file(parking, " "))["code"] == "WORDS_NEEDED"
    assert (await file(parking, "字" * 501))["code"] == "WORDS_TOO_LONG"
    assert "number" in await file(parking)
    again = await file(parking)
    assert again["code"] == "DISPUTE_OPEN"
    assert "D-2026-000001" in again["message"]["zh"]
    notice = next(n["id"] for n in nodes if n["withheld"] == "NOTICE_NOT_DUE")
    assert "number" in await file(notice)


async def test_a_foreign_cursor_is_bad_input(world: World) -> None:
    token = await bound_token(world)
    for field in ("history", "passes", "disputes", "accessLog"):
        document = f'{{ me {{ {field}(after: "MTIzeA") {{ pageInfo {{ hasNextPage }} }} }} }}'
        answer = await world.ask(document, token=token)
        assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT", field


async def test_one_live_pass_for_a_benefit(world: World) -> None:
    token = await bound_token(world)
    issue = 'mutation { issuePass(benefit: "library.deposit-free") { ... on Pass { code } } }'
    first, second = [(await world.ask(issue, token=token))["data"]["issuePass"]["code"] for _ in range(2)]
    key = await world.partner("fz-library")
    redeem = "mutation($c: String!) { redeemPass(code: $c) { ... on PassAnswer { valid } } }"
    assert (await world.ask(redeem, token=key, c=first))["data"]["redeemPass"]["valid"] is False
    assert (await world.ask(redeem, token=key, c=second))["data"]["redeemPass"]["valid"] is True


async def test_the_scheme_and_the_benefits_are_public(world: World) -> None:
    answer = await world.ask(
        """{ scheme { version { id } base rules(first: 100) { edges { node { code legalBasis provenance } } } }
        benefits { edges { node { code least ordinaryRoute { zh } } } } consentText { version } me { maskedName } }"""
    )
    data = answer["data"]
    assert data["me"] is None
    assert data["scheme"]["base"] == 500
    assert len(data["scheme"]["rules"]["edges"]) == len(MOLI.rules)
    bounds = {e["node"]["code"]: e["node"]["least"] for e in data["benefits"]["edges"]}
    assert bounds["gulou.express"] == 684
    assert bounds["metro.discount"] == 697


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ("{ cases { edges { node { id } } } }", "NOT_SIGNED_IN"),
        ('{ node(id: "x") { id } }', "NOT_SIGNED_IN"),
        ("{ benefits(first: 0) { edges { cursor } } }", "BAD_INPUT"),
        ('{ benefits(after: "%") { edges { cursor } } }', "BAD_INPUT"),
        ("{ nonsense }", "BAD_INPUT"),
    ],
)
async def test_errors_carry_a_stable_code(world: World, document: str, kind: str) -> None:
    answer = await world.ask(document)
    assert answer["errors"][0]["extensions"]["code"] == kind


async def test_a_citizen_is_not_the_desk_and_the_desk_is_no_citizen(world: World) -> None:
    token = await bound_token(world)
    answer = await world.ask("{ cases { edges { node { id } } } }", token=token)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    await world.hire("agent", Kind.AGENT)
    desk = await world.staff_token("agent")
    assert (await world.ask("{ me { maskedName } }", token=desk))["data"]["me"] is None
    leave = await world.ask("mutation { leave { ... on Refusal { code } } }", token=desk)
    assert leave["data"]["leave"]["code"] == "FORBIDDEN"


def _unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


async def test_every_bad_token_is_the_same_401(world: World) -> None:
    """Each differs in one thing from one that is good."""
    key = OctKey.import_key(world.system.settings.token_key.get_secret_value())
    other = OctKey.import_key("another key that is long enough to sign with")
    now = int(world.system.clock().timestamp())
    good = {"aud": ["egret", "egret-api"], "kind": "contact", "sub": "x", "iat": now, "exp": now + 60}
    header = {"alg": "HS256", "typ": "at+jwt"}

    async def asked(token: str) -> tuple[int, str]:
        headers = {"authorization": f"Bearer {token}"}
        response = await world.http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
        return response.status_code, response.text

    signed = jwt.encode(header, good, key)
    assert (await asked(signed))[0] == 200
    head, claims, signature = signed.split(".")
    bad = [
        "",
        "x",
        "a.b.c",
        "egp_unknown",
        "egr_unknown",
        "x" * 5000,
        jwt.encode(header, good, other),
        jwt.encode(header, {**good, "exp": now - 60}, key),
        jwt.encode(header, {**good, "aud": "elsewhere"}, key),
        jwt.encode(header, {**good, "aud": ["egret", "egret-desk"]}, key),
        jwt.encode(header, {**good, "aud": ["egret", "egret-api", "egret-desk"]}, key),
        jwt.encode(header, {k: v for k, v in good.items() if k != "aud"}, key),
        jwt.encode(header, {**good, "kind": "operator"}, key),
        jwt.encode(header, {k: v for k, v in good.items() if k != "exp"}, key),
        jwt.encode(header, {k: v for k, v in good.items() if k != "sub"}, key),
        jwt.encode(header, {**good, "aud": ["egret", "egret-desk"], "kind": "staff", "sub": "nobody"}, key),
        jwt.encode({"alg": "HS256"}, good, key),
        jwt.encode({"alg": "HS256", "typ": "JWT"}, good, key),
        jwt.encode({**header, "alg": "HS512"}, good, key, algorithms=["HS512"]),
        _unsigned({"alg": "none", "typ": "at+jwt"}, good),
        _unsigned({"alg": "None", "typ": "at+jwt"}, good, b"x"),
        _unsigned({**header, "crit": ["b64"], "b64": False}, good, b"x" * 32),
        _unsigned({**header, "jwk": {"kty": "oct", "k": "eA"}}, good, b"x" * 32),
        f"{head}.{claims}.",
        f"{head}.{claims}.{signature[:-2]}",
        f"{head}.{claims}.{signature}.{signature}",
        f"{head}.{claims}\u0000.{signature}".encode().decode("latin-1"),
    ]
    answers = {await asked(token) for token in bad}
    assert len(answers) == 1
    ((status, text),) = answers
    assert status == 401
    assert "NOT_SIGNED_IN" in text


async def test_a_wrong_password_pauses_after_five_tries(world: World) -> None:
    await world.hire("agent", Kind.AGENT)
    document = """mutation($a: String!, $p: String!) { signIn(account: $a, password: $p) {
        ... on Session { role } ... on Refusal { code } } }"""
    codes = [(await world.ask(document, a="agent", p="wrong"))["data"]["signIn"]["code"] for _ in range(6)]
    assert codes == ["SIGN_IN_FAILED"] * 5 + ["TOO_MANY_TRIES"]
    unknown = await world.ask(document, a="nobody", p="wrong")
    assert unknown["data"]["signIn"]["code"] == "SIGN_IN_FAILED"


async def test_disabled_staff_are_out_at_once(world: World) -> None:
    await world.hire("agent", Kind.AGENT)
    desk = await world.staff_token("agent")
    await world.system.store["staff"].update_one({"_id": "agent"}, {"$set": {"active": False}})
    answer = await world.ask("{ cases { edges { node { id } } } }", token=desk)
    assert answer["errors"][0]["extensions"]["code"] == "NOT_SIGNED_IN"


async def test_a_login_code_works_once(world: World) -> None:
    code = world.platform.login_code("mini-1")
    document = "mutation($c: String!) { logIn(code: $c) { ... on Session { role } ... on Refusal { code } } }"
    assert (await world.ask(document, c=code))["data"]["logIn"] == {"role": "citizen"}
    assert (await world.ask(document, c=code))["data"]["logIn"] == {"code": "SIGN_IN_FAILED"}


async def test_an_idempotency_key_makes_a_retry_safe(world: World) -> None:
    token = await bound_token(world)
    issue = 'mutation { issuePass(benefit: "library.deposit-free") { ... on Pass { id } ... on Refusal { code } } }'
    first = await world.ask(issue, token=token, key="k1")
    assert await world.ask(issue, token=token, key="k1") == first
    assert await world.system.store["passes"].count_documents({}) == 1


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
    assert (failed.status_code, "data" in failed.json()) == (400, False)
    assert failed.headers["content-type"].startswith("application/graphql-response+json")
    long_key = {"idempotency-key": "k" * 201}
    assert (await http.post("/graphql", json={"query": "{ __typename }"}, headers=long_key)).status_code == 400


async def test_api_keys_are_stored_as_digests(world: World) -> None:
    key = await world.partner("fz-library")
    row = await world.system.store["api_keys"].find_one({})
    assert row is not None
    assert row["_id"] == hashlib.sha256(key.encode()).hexdigest()
    assert key not in str(row)


SCHEME = "{ scheme { base version { digest } } }"


async def test_public_data_is_kept_by_whoever_asks_until_it_changes(world: World) -> None:
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
    document = "query($t: String!) { ...Search } fragment Search on Query { searchCases(text: $t) { id } }"
    asked = {"query": document, "variables": f'{{"t": "{YING.id_number}"}}'}
    refused = await world.http.get("/graphql", params=asked, headers=headers)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    posted = await world.ask(document, token=await world.staff_token("agent"), t=YING.id_number)
    assert posted["data"] == {"searchCases": []}


async def test_what_is_personal_is_kept_by_nobody(world: World) -> None:
    headers = {"authorization": f"Bearer {await bound_token(world)}"}
    for asked in ("{ me { score { value } } }", "{ me { score { value } } scheme { base } }"):
        answer = await world.http.get("/graphql", params={"query": asked}, headers=headers)
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
    failed = await world.http.get("/graphql", params={"query": "{ benefits(first: 0) { edges { cursor } } }"})
    assert failed.headers["cache-control"] == "no-store"


async def test_a_trusted_document_is_asked_by_its_id(world: World) -> None:
    id = document_id(operations()["Score"])
    token = await bound_token(world)
    headers = {"authorization": f"Bearer {token}"}
    by_text = await world.ask(operations()["Score"], token=token)
    for body in (
        {"documentId": id},
        {"documentId": f"sha256:{id}"},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": id}}},
    ):
        assert (await world.http.post("/graphql", json=body, headers=headers)).json() == by_text
    unknown = await world.http.post("/graphql", json={"documentId": "0" * 64})
    assert (unknown.status_code, unknown.json()["errors"][0]["extensions"]["code"]) == (404, "UNTRUSTED")


async def test_a_city_can_accept_trusted_documents_only(world: World) -> None:
    token = await bound_token(world)
    await world.hire("agent", Kind.AGENT)
    desk = await world.staff_token("agent")
    world.app.state.system = replace(
        world.system, settings=world.system.settings.model_copy(update={"trusted_only": True})
    )
    for who in (None, token):
        refused = await world.ask("{ scheme { base } }", token=who)
        assert refused["errors"][0]["extensions"]["code"] == "UNTRUSTED"
    assert (await world.ask(operations()["Score"], token=token))["data"]["me"]
    assert "data" in await world.ask("{ scheme { base } }", token=desk)


async def test_a_budget_for_each_caller(world: World) -> None:
    token = await bound_token(world)
    world.app.state.system = replace(
        world.system, budget=Budget(world.system.store, world.system.clock, world.system.vault, 100)
    )
    costly = "{ me { records(first: 20) { edges { node { id points } } } } }"
    headers = {"authorization": f"Bearer {token}"}
    first = await world.http.post("/graphql", json={"query": costly}, headers=headers)
    assert first.status_code == 200
    second = await world.http.post("/graphql", json={"query": costly}, headers=headers)
    assert second.status_code == 429
    assert 0 < int(second.headers["retry-after"]) <= 60
    assert second.json()["errors"][0]["extensions"]["code"] == "TOO_MUCH"
    assert "data" in await world.ask("{ __typename }")  # somebody else's budget


async def test_a_body_that_does_not_arrive_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.web.graphql.BODY_SECONDS", 0.05)

    async def dripping() -> AsyncIterator[bytes]:
        yield b'{"query": '
        await asyncio.sleep(10)
        yield b'"{ __typename }"}'

    answer = await world.http.post("/graphql", content=dripping(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (408, "TOO_SLOW")


async def test_an_idempotency_key_belongs_to_one_request(world: World) -> None:
    token = await bound_token(world)
    document = """mutation($d: Boolean!) { declineItem(rule: "volunteering.hours", declined: $d) {
        ... on OptionalItem { declined } ... on Refusal { code } } }"""
    assert (await world.ask(document, token=token, key="k", d=True))["data"]["declineItem"] == {"declined": True}
    assert (await world.ask(document, token=token, key="k", d=True))["data"]["declineItem"] == {"declined": True}
    assert (await world.ask(document, token=token, key="k", d=False))["data"]["declineItem"] == {"code": "KEY_REUSED"}


async def test_a_key_is_of_one_change_only(world: World) -> None:
    token = await bound_token(world)
    issue = 'mutation { issuePass(benefit: "library.deposit-free") { ... on Pass { id } } }'
    decline = """mutation { declineItem(rule: "volunteering.hours", declined: true) {
        ... on OptionalItem { declined } ... on Refusal { code } } }"""
    await world.ask(issue, token=token, key="k")
    assert (await world.ask(decline, token=token, key="k"))["data"]["declineItem"] == {"code": "KEY_REUSED"}
    two = "mutation { a: unlink { __typename } b: unlink { __typename } }"
    assert "one change" in (await world.ask(two, token=token, key="k2"))["errors"][0]["message"]


async def test_walking_past_the_end_of_the_history_is_an_empty_page(world: World) -> None:
    token = await bound_token(world)
    document = "query($a: String) { me { history(first: 5, after: $a) { edges { cursor } pageInfo { endCursor } } } }"
    page = (await world.ask(document, token=token))["data"]["me"]["history"]
    after = page["pageInfo"]["endCursor"]
    assert (await world.ask(document, token=token, a=after))["data"]["me"]["history"]["edges"] == []


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+23:59"])
async def test_a_cursor_at_the_edge_of_time_is_bad_input(world: World, moment: str) -> None:
    token = await bound_token(world)
    for field in ("history", "disputes", "passes"):
        document = f"query($a: String) {{ me {{ {field}(after: $a) {{ edges {{ cursor }} }} }} }}"
        answer = await world.ask(document, token=token, a=encode_cursor(moment))
        assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_a_look_at_anything_of_ones_own_is_on_the_log_once_a_day(world: World) -> None:
    token = await bound_token(world)
    log = "{ me { accessLog(first: 50) { edges { node { action } } } } }"

    async def looks() -> int:
        edges = (await world.ask(log, token=token))["data"]["me"]["accessLog"]["edges"]
        return sum(edge["node"]["action"] == "score.viewed" for edge in edges)

    before = await looks()
    world.clock.advance(days=1)
    token = await world.mini_program()
    document = "{ me { records { edges { cursor } } history { edges { cursor } } steps { points } score { value } } }"
    assert "errors" not in await world.ask(document, token=token)
    assert await looks() == before + 1
