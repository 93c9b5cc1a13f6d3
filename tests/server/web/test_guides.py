"""The guides of `/developers`, each run from its first snippet to its last, by whom it is for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from schema.engine.execution import stream
from schema.types.principal import Caller, Kind
from server.demo.entities import entities
from server.platform.webhooks.service import WebhookRegister
from server.sources.register import register_rows
from server.web import developers
from tests.support.disputes import PARKING, file
from tests.support.people import FAN, MOLI, YING, record, record_input
from tests.support.provider import CityProvider
from tests.support.sign_in import VERIFIED, PhoneApp, ixiamen, settings
from tests.support.world import World

__all__ = ["ixiamen", "settings"]

Ask = Callable[..., Awaitable[Any]]
CONSENT = MOLI.consent.version
GOOD = [record("social-insurance.timely", f"202{n}-09-01", f"S{n}") for n in (4, 5, 6)]
GOOD += [record("housing-fund.timely", f"202{n}-09-01", f"F{n}") for n in (4, 5, 6)]


@pytest.fixture
def ask(world: World) -> Ask:
    """The answer to a snippet, with its input."""

    async def asked(snippet: str, /, token: str | None = None, key: str | None = None, **input: Any) -> Any:
        variables = {"input": input} if input else {}
        answer = await world.ask(developers.snippet(snippet), token=token, key=key, **variables)
        assert "errors" not in answer, answer
        (value,) = answer["data"].values()
        return value

    return asked


async def listen(world: World, token: str) -> Any:
    """What the stream of the guides tells first."""
    container = world.container
    principal = await container.sessions.principal_of(token)
    operation = container.schema.documents.operation(developers.snippet("citizen/listen"), None)
    answers = stream(container.schema, operation, None, container.context(Caller(principal)))
    async with contextlib.aclosing(answers):
        return (await anext(answers)).data


async def test_signing_in_a_score_a_dispute_and_listening(world: World, ask: Ask) -> None:
    await world.bound_token()
    signed_in = (await ask("citizen/sign-in", code=world.platform.login_code("mini-1")))["session"]
    renewed = (await ask("citizen/renew", refreshToken=signed_in["refreshToken"]))["session"]
    token = renewed["token"]
    before = (await ask("citizen/score", token))["score"]
    lines = (await ask("citizen/lines", token))["score"]["lines"]
    records = [edge["node"]["record"]["id"] for edge in lines["edges"] if edge["node"]["record"]]
    heard = asyncio.create_task(listen(world, token))
    upload = (await ask("citizen/upload", token))["upload"]
    content = BytesIO()
    Image.new("RGB", (64, 64)).save(content, "JPEG")
    sent = await world.http.put(upload["url"], content=content.getvalue())
    evidence = [sent.json()["evidence"][0]["id"]]
    given = {"recordId": records[0], "reason": "NOT_MINE", "words": "请核对。", "evidence": evidence}
    filed = await ask("citizen/open-dispute", token, **given)
    assert filed["record"] == {"id": records[0], "disputed": True}
    assert (await asyncio.wait_for(heard, 20))["disputeChanged"]["id"] == filed["dispute"]["id"]
    assert filed["citizen"]["score"]["id"] == before["id"]
    assert filed["citizen"]["score"]["value"] != before["value"]
    again = await ask("citizen/open-dispute", token, **given)
    assert again["refusalCode"] == "DISPUTE_OPEN"
    assert again["dispute"]["id"] == filed["dispute"]["id"]


async def test_binding_an_identity(world: World, ask: Ask) -> None:
    await world.register(FAN)
    token = (await ask("citizen/sign-in", code=world.platform.login_code("mini-2")))["session"]["token"]
    consent = await ask("citizen/consent-text")
    assert consent["version"] == CONSENT
    assert consent["summary"]
    someone = {"consentVersion": consent["version"], "name": FAN.name, "idNumber": FAN.id_number, "phone": FAN.phone}
    refused = {
        "ID_CHECK_DIGIT": someone | {"idNumber": FAN.id_number[:-1] + "0"},
        "REGISTER_MISMATCH": someone | {"phone": YING.phone},
        "CONSENT_OUTDATED": someone | {"consentVersion": "1999-1"},
    }
    for code, given in refused.items():
        assert (await ask("citizen/start-binding", token, **given))["refusalCode"] == code
    started = (await ask("citizen/start-binding", token, **someone))["attempt"]
    assert (await ask("citizen/resend-code", token, attempt=started["id"]))["attempt"]["id"] == started["id"]
    newest = await world.last_code()
    wrong = await ask("citizen/confirm-binding", token, attempt=started["id"], code=f"{(int(newest) + 1) % 10**6:06d}")
    assert (wrong["refusalCode"], wrong["triesLeft"]) == ("CODE_WRONG", 4)
    bound = await ask("citizen/confirm-binding", token, attempt=started["id"], code=newest)
    assert bound == {"maskedName": "林*", "consentVersion": CONSENT}
    assert (await ask("citizen/score", token))["score"]["value"] == 500


async def test_signing_in_at_a_provider_and_binding_by_phone_alone(
    world: World, ask: Ask, ixiamen: CityProvider
) -> None:
    await world.register(YING)
    ixiamen.people["ying"].claims = VERIFIED
    (provider, _) = [edge["node"] for edge in (await ask("citizen/providers"))["edges"]]
    assert provider["authorizationEndpoint"] == f"{ixiamen.issuer}/authorize"
    given = await PhoneApp(world, ixiamen, provider["code"]).signed_in_there()
    token = (await ask("citizen/sign-in-provider", **given))["session"]["token"]
    assert (await ask("citizen/sign-in-provider", **given))["refusalCode"] == "SIGN_IN_FAILED"
    assert (await ask("citizen/verified", token))["verifiedIdentity"]["maskedName"] == "陈*"
    started = await ask("citizen/start-binding", token, consentVersion=CONSENT, phone=YING.phone)
    code = await world.last_code()
    bound = await ask("citizen/confirm-binding", token, attempt=started["attempt"]["id"], code=code)
    assert bound == {"maskedName": "陈*", "consentVersion": CONSENT}


async def test_delivering_records_and_answering_a_case(world: World, ask: Ask) -> None:
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    key = await world.source("traffic-police")
    me = await world.enrol(YING)
    batch = [record_input(), record_input(documentNumber="A-2", rule="no.such")]
    report = (await ask("source/deliver", key, records=batch))["report"]
    assert (report["stored"], report["rejects"][0]["index"]) == (1, 1)
    assert report["rejects"][0]["rejection"] == "RULE_UNKNOWN"
    again = (await ask("source/deliver", key, records=batch))["report"]
    assert (again["stored"], again["unchanged"]) == (0, 1)
    corrected = [record_input(occurredOn="2026-08-21")]
    assert (await ask("source/deliver", key, records=corrected))["report"]["corrected"] == 1
    await world.reassess()
    dispute = await file(world, me)
    agent = await world.hire("a", Kind.AGENT)
    desk = world.container.services.desk
    case = await desk.claim(Caller(agent), dispute.key)
    await desk.ask_source(Caller(agent), case.key, case.revision, "请核对车主登记。")
    (edge,) = (await ask("source/inquiries", key))["edges"]
    assert edge["node"]["documentNumber"] == "A-1"
    given = {"id": edge["node"]["id"], "finding": "CONFIRMED", "words": "车主登记无误。"}
    assert await ask("source/answer", key, **given) == {"received": True}
    assert (await ask("source/answer", key, **given))["refusalCode"] == "NOTHING_ASKED"
    assert await ask("source/revoke", key, documentNumber="A-1", revocationReason="WRONG_PERSON") == {"changed": True}
    await ask("source/deliver", key, records=[record_input(documentNumber="A-3")])
    assert await ask("source/repair", key, documentNumber="A-3", doneOn="2026-09-10") == {"changed": True}
    assert (await ask("source/repair", key, documentNumber="A-9", doneOn="2026-09-10"))["refusalCode"] == "NOT_FOUND"


async def test_redeeming_a_pass(world: World, ask: Ask) -> None:
    await world.enrol(YING, *GOOD, PARKING)
    token = world.container.sessions.log_in_page("o-test").token
    shut = await ask("citizen/issue-pass", token, benefit="metro.discount")
    assert shut["refusalCode"] == "BENEFIT_NOT_OPEN"
    assert shut["benefit"]["ordinaryRoute"]["text"]
    code = (await ask("citizen/issue-pass", token, benefit="library.deposit-free"))["pass"]["code"]
    other, library = await world.partner("fz-metro"), await world.partner("fz-library")
    assert await ask("partner/redeem", other, code=code) == {"valid": False}
    for _ in range(2):  # as after a time-out
        assert await ask("partner/redeem", library, "at-the-counter", code=code.lower()) == {"valid": True}
    assert await ask("partner/redeem", library, code=code) == {"valid": False}
    seen = await world.ask("{ me { score { value } } }", token=library)
    assert seen["data"] == {"me": None}


async def test_being_told_by_webhooks(world: World, ask: Ask) -> None:
    container = world.container
    webhooks = WebhookRegister(container.store, container.vault, container.clock, demo=False)
    await webhooks.add(Kind.PARTNER, "fz-library", "https://hooks.example.org/egret")
    key = await world.partner("fz-library")
    (edge,) = (await ask("partner/webhooks", key))["edges"]
    webhook = edge["node"]
    assert webhook["state"] == "ON"
    event = (await ask("partner/test-webhook", key, id=webhook["id"]))["event"]
    answer = await world.ask(developers.snippet("partner/webhook-event"), token=key, id=event["id"])
    assert answer["data"]["node"] | {"attempts": 0} == {
        "eventId": event["eventId"],
        "type": "TEST",
        "state": "WAITING",
        "attempts": 0,
        "answer": None,
    }
    again = await ask("partner/replay", key, id=webhook["id"], since="2026-11-01T00:00:00Z", delivered=True)
    assert again == {"count": 0}
