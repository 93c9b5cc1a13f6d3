"""Who may do what: every question, change and stream as each principal, against `golden/tables/access.toml`.

The table is complete by test: whatever is new in the schema fails here until someone has said who may have it.
Each row is tried in the order of the table, and all of them try what is one citizen's; the citizen comes last.
"""

from __future__ import annotations

import asyncio
import contextlib
import tomllib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    OperationType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

from schema.api.building import build_schema
from schema.engine.execution import stream
from schema.types.connection import global_id
from schema.types.principal import Caller, Kind
from server.demo.entities import entities
from server.platform.webhooks.service import WebhookRegister
from server.sources.register import register_rows
from tests.support.addresses import without_addresses
from tests.support.paths import TABLES
from tests.support.people import FAN, MOLI, YING, record, wire
from tests.support.world import World

TABLE: dict[str, Any] = tomllib.loads((TABLES / "access.toml").read_text("utf-8"))
PRINCIPALS = ("anonymous", "partner", "source", "steward", "auditor", "other", "agent", "approver", "citizen")
"""In the order in which they try; the citizen's own things are what all of them try."""
GRAPHQL = build_schema()._schema
DEEP = 2
LAST = ("withdrawDispute", "lookOnly", "unlink")
APART = ("leave",)
"""In a world of its own."""
NOBODYS = "0" * 32


class Cast:
    """A citizen with everything, and everybody else."""

    def __init__(self, world: World, tokens: dict[str, str | None], known: dict[str, str]) -> None:
        self.world = world
        self.tokens = tokens
        self.known = known

    def variables(self, name: str, who: str, *, of_nobody: bool = False) -> dict[str, Any]:
        """What is sent with a question or a change."""
        given = _arguments(self.known).get(name, {})
        if name in ("letter", "receipt") and who in DESK:
            given = {"id": self.known["case"]}
        if name in _object("Mutation").fields and given:
            given = {"input": given}
        return _of_nobody(given) if of_nobody else given

    async def outcome(self, kind: str, name: str, who: str) -> str:
        """`ok`, `null`, or the code of the refusal."""
        await self.world.container.store["throttles"].delete_many({})
        answer = await self.answer(kind, name, who)
        if answer.get("errors"):
            return str(answer["errors"][0]["extensions"]["code"])
        value = answer["data"]["me" if name.startswith("me.") else name]
        if value is None:
            return "null"
        return str(value["because"]) if isinstance(value, dict) and "because" in value else "ok"

    async def answer(
        self, kind: str, name: str, who: str, *, of_nobody: bool = False, key: str | None = None
    ) -> dict[str, Any]:
        given = self.variables(name, who, of_nobody=of_nobody)
        document = document_of(kind, name, given)
        return await self.world.ask(document, token=self.tokens[who], key=key, **given)

    async def listens(self, name: str, who: str) -> str:
        """As `outcome`, for a stream on which nothing happens yet."""
        container = self.world.container
        principal = await container.sessions.principal_of(self.tokens[who])
        operation = container.schema.documents.operation(document_of("subscription", name, {}), None)
        answers = stream(container.schema, operation, None, container.context(Caller(principal)))
        with contextlib.suppress(TimeoutError):
            async with contextlib.aclosing(answers), asyncio.timeout(0.2):
                answer = await anext(answers)
                return str((answer.errors[0].extensions or {})["code"]) if answer.errors else "told"
        return "ok"


@pytest_asyncio.fixture
async def cast(world: World) -> AsyncIterator[Cast]:
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    tokens: dict[str, str | None] = {"anonymous": None, "citizen": await world.bound_token()}
    await world.enrol(FAN, record("volunteering.hours", "2026-05-01", "V-of-fan"), openid="o-fan")
    tokens["other"] = world.container.sessions.log_in_page("o-fan").token
    for role in (Kind.AGENT, Kind.APPROVER, Kind.STEWARD, Kind.AUDITOR):
        await world.hire(role.value, role)
        tokens[role.value] = await world.staff_token(role.value)
    tokens["partner"] = await world.partner("fz-library")
    tokens["source"] = await world.source("traffic-police")
    yield Cast(world, tokens, await _things(world, str(tokens["citizen"])))


async def _things(world: World, token: str) -> dict[str, str]:
    """A record, a dispute about it, a pass, and a photo that waits."""
    asked = await world.ask("{ me { records { edges { node { id documentNumber } } } } }", token=token)
    records = {e["node"]["documentNumber"]: e["node"]["id"] for e in asked["data"]["me"]["records"]["edges"]}
    document = """mutation($i: OpenDisputeInput!) { openDispute(input: $i) {
        ... on OpenDisputeSuccess { dispute { id number } } } }"""
    given = {"recordId": records["T1"], "reason": "NOT_MINE", "words": "只有我知道的话"}
    dispute = (await world.ask(document, token=token, i=given))["data"]["openDispute"]["dispute"]
    issue = """mutation { issuePass(input: {benefit: "library.deposit-free"}) {
        ... on IssuePassSuccess { pass { id code } } } }"""
    issued = (await world.ask(issue, token=token))["data"]["issuePass"]["pass"]
    row = await world.container.store["disputes"].find_one({})
    assert row is not None
    document = """mutation($i: ApplyForRepairInput!) { applyForRepair(input: $i) {
        ... on ApplyForRepairSuccess { repair { id } } } }"""
    given = {"recordId": records["T1"], "doneOn": "2026-11-20", "words": "只有我知道的话"}
    repair = (await world.ask(document, token=token, i=given))["data"]["applyForRepair"]["repair"]
    applied = await world.container.store["repairs"].find_one({})
    assert applied is not None
    container = world.container
    webhooks = WebhookRegister(container.store, container.vault, container.clock, demo=False)
    webhook, _ = await webhooks.add(Kind.PARTNER, "fz-library", "https://hooks.example.org/egret")
    return {
        "webhook": str(global_id("Webhook", webhook)),
        "record": records["T1"],
        "second": records["N1"],
        "dispute": dispute["id"],
        "number": dispute["number"],
        "case": str(global_id("Case", row["_id"])),
        "repair": repair["id"],
        "repair_case": str(global_id("RepairCase", applied["_id"])),
        "source_repair": str(global_id("SourceRepair", applied["_id"])),
        "inquiry": str(global_id("SourceInquiry", row["_id"])),
        "pass": issued["id"],
        "code": issued["code"],
    }


def _arguments(known: dict[str, str]) -> dict[str, dict[str, Any]]:
    case: dict[str, Any] = {"id": known["case"], "revision": 1}
    return {
        "node": {"id": known["record"]},
        "case": {"id": known["case"]},
        "caseChanges": {"id": known["case"]},
        "searchCases": {"text": known["number"]},
        "letter": {"id": known["dispute"]},
        "receipt": {"id": known["dispute"]},
        "checkLetter": {"number": known["number"], "checkCode": "AAAA-AAAA-AAAA-AAAA"},
        "webhookEvents": {"webhook": known["webhook"]},
        "testWebhook": {"id": known["webhook"]},
        "replayWebhookEvents": {"id": known["webhook"], "since": "2026-11-01T00:00:00Z"},
        "boxedEvidence": {"box": NOBODYS},
        "rule": {"code": "volunteering.hours"},
        "benefit": {"code": "library.deposit-free"},
        "me.whatIf": {"steps": [{"earn": "volunteering.hours"}]},
        "me.path": {"benefit": "library.deposit-free"},
        "logIn": {"code": "not-a-code"},
        "logInWithProvider": dict.fromkeys(("provider", "code", "codeVerifier", "redirectUri", "nonce"), "x"),
        "signIn": {"account": "agent", "password": "wrong"},
        "renewSession": {"refreshToken": "egr_none"},
        "endSession": {"refreshToken": "egr_none"},
        "checkIdentity": {"field": "PHONE", "value": "13900001234"},
        "startBinding": {
            "consentVersion": "2026-1",
            "name": YING.name,
            "idNumber": YING.id_number,
            "phone": YING.phone,
        },
        "resendCode": {"attempt": NOBODYS},
        "confirmBinding": {"attempt": NOBODYS, "code": "123456"},
        "moveAccount": {"attempt": NOBODYS},
        "askAboutLook": {"id": "0"},
        "answerLookInquiry": {"id": NOBODYS, "words": "核对异议"},
        "closeCheck": {"id": NOBODYS, "outcome": "KEPT"},
        "setNoticeChoices": {"off": [], "quietFrom": 22, "quietUntil": 8, "digest": False},
        "markNoticesRead": {"ids": [NOBODYS]},
        "markNoticeTold": {"id": NOBODYS, "by": "CALL", "on": "2026-11-20"},
        "grantConsent": {"version": "2026-1"},
        "lookOnly": {"version": "records-2026-1"},
        "declineItem": {"rule": "volunteering.hours", "declined": True},
        "issuePass": {"benefit": "library.deposit-free"},
        "redeemPass": {"code": known["code"]},
        "openDispute": {"recordId": known["second"], "reason": "OTHER", "words": "另一件"},
        "openComplaint": {"subject": {"data": {"aspect": "NAME"}}, "words": "名字错了"},
        "refineReason": {**case, "reason": "DUPLICATE"},
        "reportSignIn": {"words": "登录不了"},
        "keepPhoto": {"mediaId": "none"},
        "supplyDispute": {"id": known["dispute"], "words": "补充"},
        "appealDispute": {"id": known["dispute"], "words": "复核"},
        "withdrawDispute": {"id": known["dispute"]},
        "claimCase": {"id": known["case"]},
        "releaseCase": {"id": known["case"]},
        "decideCase": {**case, "determination": "UPHELD", "explanation": "属实"},
        "askCitizen": {**case, "question": "请补充"},
        "takeOverCase": {**case, "explanation": "休假"},
        "addNote": {"id": known["case"], "text": "便条"},
        "askSource": {**case, "question": "请核实"},
        "logSourceCall": {**case, "spokeWith": "值班", "finding": "CONFIRMED", "words": "属实"},
        "extendCase": {**case, "explanation": "等待材料"},
        "rejectCase": {**case, "explanation": "不是异议"},
        "deliverRecords": {"records": [_delivered()]},
        "revokeRecord": {"documentNumber": "T1", "revocationReason": "WRONG_PERSON"},
        "repairRecord": {"documentNumber": "T1", "doneOn": "2026-11-20"},
        "answerInquiry": {"id": known["inquiry"], "finding": "CONFIRMED", "words": "属实"},
        "repairCase": {"id": known["repair_case"]},
        "applyForRepair": {"recordId": known["second"], "doneOn": "2026-11-20", "words": "已缴清"},
        "withdrawRepair": {"id": known["repair"]},
        "answerRepair": {"id": known["source_repair"], "accepted": False, "words": "未查到"},
        "logRepairAnswer": {
            **{"id": known["repair_case"], "revision": 9},
            **{"spokeWith": "值班", "accepted": True, "words": "属实"},
        },
        "approveRepair": {"id": known["repair_case"], "revision": 9},
        "returnRepair": {"id": known["repair_case"], "revision": 9},
        "retractProposal": case,
        "approveCase": {**case, "determination": "DELETED"},
        "returnCase": {**case, "explanation": "再看看"},
        "approveCityVersion": {"code": "none"},
    }


def _delivered() -> dict[str, Any]:
    names = {"id": "documentNumber", "class": "dataClass", "occurred_on": "occurredOn", "reported_on": "reportedOn"}
    row = wire(id="A-9")
    return {names.get(name, name): row[name] for name in row} | {"dataClass": row["class"].upper()}


def _of_nobody(given: Any) -> Any:
    """The same with ids of the same kinds that nothing has."""
    if isinstance(given, dict):
        return {name: _of_nobody(value) for name, value in given.items()}
    if isinstance(given, str):
        for kind in (
            *("CreditRecord", "Dispute", "Case", "SourceInquiry", "Pass"),
            *("RepairApplication", "RepairCase", "SourceRepair"),
        ):
            if given.startswith(str(global_id(kind, "x"))[:-2]):
                return str(global_id(kind, NOBODYS))
    return given


# Documents that ask for everything that is below a field


def document_of(kind: str, name: str, given: dict[str, Any]) -> str:
    """An operation with one field of the root, or one of `me`, and what is below it."""
    root = GRAPHQL.get_root_type(OperationType(kind))
    assert root is not None
    inner = name.removeprefix("me.")
    field = (_object("Citizen") if inner != name else root).fields[inner]
    declared = ", ".join(f"${a}: {field.args[a].type}" for a in given)
    passed = ", ".join(f"{a}: ${a}" for a in given)
    opened = f"{kind}({declared})" if declared else kind
    called = f"{inner}({passed})" if passed else inner
    asked = f"{called} {_below(field, 0 if name == 'me' else DEEP)}"
    return f"{opened} {{ me {{ {asked} }} }}" if inner != name else f"{opened} {{ {asked} }}"


def _object(name: str) -> GraphQLObjectType:
    found = GRAPHQL.get_type(name)
    assert isinstance(found, GraphQLObjectType)
    return found


def _below(field: GraphQLField, levels: int) -> str:
    kind = get_named_type(field.type)
    if isinstance(kind, GraphQLUnionType):
        granted = [of for of in kind.types if "Refusal" not in {i.name for i in of.interfaces}]
        parts = " ".join(f"... on {of.name} {_fields(of, levels)}" for of in granted)
        return f"{{ __typename {parts} ... on Refusal {{ because: refusalCode }} }}"
    if isinstance(kind, GraphQLInterfaceType):
        return "{ __typename id }"
    return _fields(kind, levels) if isinstance(kind, GraphQLObjectType) else ""


def _fields(kind: GraphQLObjectType, levels: int) -> str:
    chosen = ["__typename"]
    for name, field in kind.fields.items():
        composite = is_composite_type(get_named_type(field.type))
        needs = any(is_required_argument(of) for of in field.args.values())
        if not (needs or field.deprecation_reason or (composite and levels == 0)):
            chosen.append(f"{name} {_below(field, levels - 1)}".strip())
    return "{ " + " ".join(chosen) + " }"


# The table


def rows(kind: str) -> list[str]:
    """Every row of a part of the table, in the order in which it is tried."""
    root = GRAPHQL.get_root_type(OperationType(kind))
    assert root is not None
    names = list(root.fields)
    if kind == "query":
        names += [f"me.{name}" for name in _object("Citizen").fields]
    first = [n for n in names if n not in (*LAST, *APART)]
    return first + [n for n in LAST if n in names]


async def found(cast: Cast, kind: str, names: Sequence[str]) -> dict[str, list[str]]:
    """What each principal gets for each row."""
    if kind == "subscription":
        return {name: [await cast.listens(name, who) for who in PRINCIPALS] for name in names}
    outcomes = {}
    for name in names:
        outcomes[name] = [await cast.outcome(kind, name, who) for who in PRINCIPALS]
        await cast.world.reassess()  # what the worker does
    return outcomes


def reached() -> dict[str, dict[str, str]]:
    """Every type that an answer can hold: by which roots it is reached, and its fields."""
    from_: dict[str, set[str]] = {}

    def walk(kind: Any, root: str) -> None:
        if isinstance(kind, GraphQLUnionType):
            for member in kind.types:
                walk(member, root)
            return
        fields = kind.fields if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) else None
        if fields is not None and root not in from_.setdefault(kind.name, set()):
            from_[kind.name].add(root)
            for field in fields.values():
                walk(get_named_type(field.type), root)

    for operation in OperationType:
        root = GRAPHQL.get_root_type(operation)
        for name, field in (root.fields if root else {}).items():
            walk(get_named_type(field.type), name)
    return {
        name: {"from": " ".join(sorted(roots)), "fields": " ".join(sorted(_named(name).fields))}
        for name, roots in sorted(from_.items())
    }


def _named(name: str) -> Any:
    return GRAPHQL.get_type(name)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["query", "mutation", "subscription"])
async def test_everybody_gets_what_the_table_says(cast: Cast, kind: str) -> None:
    assert tuple(TABLE["principals"]) == PRINCIPALS
    table = {name: row for name, row in TABLE[kind].items() if name not in APART}
    assert await found(cast, kind, rows(kind)) == table


async def test_leaving_is_for_the_citizen_alone(cast: Cast) -> None:
    assert await found(cast, "mutation", APART) == {name: TABLE["mutation"][name] for name in APART}


def test_every_field_is_reached_only_by_whom_the_table_says() -> None:
    assert reached() == TABLE["types"]


CANARIES = ("T1", "S4", "F5", "只有我知道的话", YING.name, YING.id_number, YING.phone)
DESK = ("agent", "approver")
SEES_CASES = {*DESK, "citizen"}


@pytest.mark.long
async def test_no_one_else_ever_reads_what_is_the_citizens(cast: Cast) -> None:
    secrets = (*CANARIES, cast.known["number"], cast.known["code"])
    for kind in ("query", "mutation"):
        for name in rows(kind):
            for who in PRINCIPALS:
                if who in SEES_CASES or (who, name) in ALLOWED:
                    continue
                text = str((await cast.answer(kind, name, who)).get("data"))
                assert not [secret for secret in secrets if f"'{secret}'" in text], (who, name)


ALLOWED = {("source", "inquiries"), ("source", "repairApplications")}
"""A source reads what is asked about its own records."""


@pytest.mark.long
async def test_the_other_citizen_cannot_tell_that_anything_is_there(cast: Cast) -> None:
    for kind in ("query", "mutation"):
        for name in rows(kind):
            for who in ("other", "partner", "anonymous"):
                if name in LAST or cast.variables(name, who) == cast.variables(name, who, of_nobody=True):
                    continue
                there = await cast.answer(kind, name, who)
                assert there == await cast.answer(kind, name, who, of_nobody=True), (who, name)


KEYED = [name for name, field in _object("Mutation").fields.items() if "`KEY_REUSED`" in str(field.description)]
"""Changes that say of themselves that they know a key again."""
DONE = [(name, PRINCIPALS[TABLE["mutation"][name].index("ok")]) for name in KEYED if "ok" in TABLE["mutation"][name]]


@pytest.mark.long
@pytest.mark.parametrize(("name", "who"), DONE)
async def test_the_same_key_gives_the_same_answer_again(cast: Cast, name: str, who: str) -> None:
    first = await cast.answer("mutation", name, who, key="the-key")
    assert "errors" not in first
    again = await cast.answer("mutation", name, who, key="the-key")
    assert without_addresses(again) == without_addresses(first)
