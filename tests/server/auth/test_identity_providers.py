"""Signing in from an app, at the providers of the settings: every fault of theirs makes no session."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey
from starlette.responses import JSONResponse

from schema.types.principal import Contact
from server.auth.service import Audience, BadTokenError
from server.platform.observability import metrics
from tests.support.people import FAN, YING
from tests.support.provider import CityProvider, Claims
from tests.support.sign_in import APP, VERIFIED, PhoneApp, efuzhou, ixiamen, settings
from tests.support.world import World

__all__ = ["efuzhou", "ixiamen", "settings"]

START = """mutation($i: StartBindingInput!) { startBinding(input: $i) {
  __typename ... on Refusal { refusalCode inputField message { zh } } } }"""
PROVIDERS = """{ signInProviders { totalCount edges { node {
  code label { zh en } issuer clientId scope redirectUris authorizationEndpoint } } } }"""


@pytest.fixture
def app(world: World, ixiamen: CityProvider) -> PhoneApp:
    return PhoneApp(world, ixiamen)


async def test_an_app_learns_where_people_sign_in(world: World, ixiamen: CityProvider, efuzhou: CityProvider) -> None:
    efuzhou.down = True
    found = (await world.ask(PROVIDERS))["data"]["signInProviders"]
    first, second = (edge["node"] for edge in found["edges"])
    assert found["totalCount"] == 2
    assert first == {
        "code": "ixiamen",
        "label": {"zh": "i厦门", "en": "ixiamen"},
        "issuer": ixiamen.issuer,
        "clientId": "egret-ixiamen",
        "scope": "openid",
        "redirectUris": [APP],
        "authorizationEndpoint": f"{ixiamen.issuer}/authorize",
    }
    assert second["authorizationEndpoint"] is None


async def test_a_code_makes_a_session_that_can_be_renewed(world: World, app: PhoneApp) -> None:
    session = (await app.log_in())["session"]
    assert session["role"] == "CITIZEN"
    sessions = world.container.sessions
    principal = await sessions.principal_of(session["token"])
    account = f"{app.provider.issuer}|sub-ying"
    assert principal.contact == Contact("app", world.container.contacts.id_of("app", account))
    renewed = await sessions.principal_of((await sessions.renew(session["refreshToken"])).token)
    assert renewed == principal
    viewer = await world.ask("{ viewer { kind channel } }", token=session["token"])
    assert viewer["data"]["viewer"] == {"kind": "ANONYMOUS", "channel": "APP"}


async def test_one_person_is_one_contact_and_each_provider_another(
    world: World, app: PhoneApp, efuzhou: CityProvider
) -> None:
    other = PhoneApp(world, efuzhou, "efuzhou")
    for each in (app, app, other):
        assert "session" in await each.log_in()
    assert await world.container.store["contacts"].count_documents({"channel": "app"}) == 2


async def test_nothing_of_the_account_stands_in_the_clear(world: World, app: PhoneApp) -> None:
    app.provider.people["ying"].claims = VERIFIED
    await app.log_in()
    for name in await world.container.store.database.list_collection_names():
        kept = repr(await world.container.store[name].find({}).to_list(None))
        assert not [known for known in ("sub-ying", YING.name, YING.id_number) if known in kept], name


async def test_a_session_of_an_app_opens_no_page(world: World, app: PhoneApp) -> None:
    token = (await app.log_in())["session"]["token"]
    with pytest.raises(BadTokenError):
        await world.container.sessions.principal_of(token, Audience.PAGE)


def unsigned(_provider: CityProvider, claims: Claims) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


def changed(**values: Any) -> Callable[[CityProvider, Claims], str]:
    """With other claims, signed as it should be; None takes one away."""

    def forge(provider: CityProvider, claims: Claims) -> str:
        return provider.sign({name: value for name, value in {**claims, **values}.items() if value is not None})

    return forge


def by_a_stranger(provider: CityProvider, claims: Claims) -> str:
    stranger = CityProvider(provider.clock)
    stranger.turn_key("ES256", ECKey.generate_key("P-256"))
    return stranger.sign(claims)


FORGERIES = {
    "unsigned": unsigned,
    "a stranger's": by_a_stranger,
    "of another issuer": changed(iss="https://login.efuzhou.example/city"),
    "for another client": changed(aud="egret-efuzhou"),
    "for several clients": changed(aud=["egret-ixiamen", "egret-efuzhou"], azp="egret-efuzhou"),
    "of another sign-in": changed(nonce="another"),
    "without a nonce": changed(nonce=None),
    "too old": changed(exp=1, iat=1),
    "without an end": changed(exp=None),
    "of another access token": changed(at_hash="x" * 22),
    "without a subject": changed(sub=None),
    "of a very long subject": changed(sub="s" * 256),
    "of a subject that is a number": changed(sub=7),
    "of a list of subjects": changed(sub=["sub-ying"]),
    "of an empty subject": changed(sub=""),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_an_id_token_that_is_not_right_makes_no_session(world: World, app: PhoneApp, forgery: str) -> None:
    app.provider.forge = lambda claims: FORGERIES[forgery](app.provider, claims)
    assert (await app.log_in())["refusalCode"] == "SIGN_IN_FAILED"
    await _nothing_was_made(world)


@pytest.mark.parametrize(
    "otherwise",
    [
        {"provider": "nobody"},
        {"provider": ""},
        {"code": "made-up"},
        {"code": ""},
        {"code": "c" * 4097},
        {"codeVerifier": "v" * 43},
        {"codeVerifier": "short"},
        {"codeVerifier": "v" * 129},
        {"nonce": "another"},
        {"nonce": ""},
        {"redirectUri": "https://evil.example/"},
        {"redirectUri": APP + "/"},
        {"redirectUri": "http://127.0.0.1:8000/h5/oidc/ixiamen/callback"},
        {"issuer": "https://login.efuzhou.example/city"},
        {"issuer": None},
    ],
)
async def test_what_does_not_belong_together_makes_no_session(
    world: World, app: PhoneApp, otherwise: dict[str, Any]
) -> None:
    answer = await app.log_in(**otherwise)
    assert answer["refusalCode"] == "SIGN_IN_FAILED"
    assert "请重新登录" in answer["message"]["zh"]
    await _nothing_was_made(world)


async def test_a_code_of_one_provider_is_never_shown_to_another(
    world: World, app: PhoneApp, efuzhou: CityProvider
) -> None:
    given = await app.signed_in_there()
    assert (await app.redeem(given, provider="efuzhou"))["refusalCode"] == "SIGN_IN_FAILED"
    assert efuzhou.asked["token"] == 0
    assert "session" in await app.redeem(given)


async def test_an_address_that_the_settings_do_not_name_gets_no_session_whatever_the_provider_allows(
    world: World, ixiamen: CityProvider
) -> None:
    app = PhoneApp(world, ixiamen, redirect_uri="https://evil.example/back")
    assert (await app.log_in())["refusalCode"] == "SIGN_IN_FAILED"
    assert ixiamen.asked["token"] == 0


async def test_an_issuer_need_not_be_named_where_the_provider_does_not_name_it(world: World, app: PhoneApp) -> None:
    app.provider.metadata = {"authorization_response_iss_parameter_supported": False}
    assert "session" in await app.log_in(issuer=None)


async def test_a_code_is_good_once(world: World, app: PhoneApp) -> None:
    given = await app.signed_in_there()
    assert "session" in await app.redeem(given)
    assert (await app.redeem(given))["refusalCode"] == "SIGN_IN_FAILED"
    assert await world.container.store["refresh_tokens"].count_documents({}) == 1


async def test_a_code_is_good_once_even_where_the_provider_takes_it_again(world: World, app: PhoneApp) -> None:
    app.provider.takes_codes_again = True
    given = await app.signed_in_there()
    answers = await asyncio.gather(*(app.redeem(given) for _ in range(4)))
    assert sorted(answer.get("refusalCode", "") for answer in answers) == ["", *["SIGN_IN_FAILED"] * 3]
    assert await world.container.store["refresh_tokens"].count_documents({}) == 1


async def test_a_provider_that_is_down_or_late_is_no_fault_of_the_person(
    world: World, app: PhoneApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = await app.signed_in_there()
    app.provider.down = True
    failures = metrics.CITIZEN_PROVIDER_FAILURES.labels("ixiamen")
    before = failures._value.get()
    answer = await app.redeem(given)
    assert (answer["refusalCode"], answer["retryAfter"]) == ("SIGN_IN_NOT_NOW", 60)
    assert failures._value.get() == before + 1
    app.provider.down, app.provider.slow = False, asyncio.Event()
    with monkeypatch.context() as patched:
        patched.setattr("server.auth.oidc.provider._SECONDS", 0.05)
        assert (await app.redeem(given))["refusalCode"] == "SIGN_IN_NOT_NOW"
    app.provider.slow = None
    assert "session" in await app.redeem(given)


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("openid-configuration", JSONResponse({"issuer": "https://login.efuzhou.example/city"})),
        ("openid-configuration", JSONResponse({}, 500)),
        ("token", JSONResponse({"access_token": "a", "token_type": "mac"})),
        ("token", JSONResponse(["no object"])),
        ("keys", JSONResponse({"keys": []})),
    ],
)
async def test_a_provider_that_answers_nonsense_is_no_fault_of_the_person(
    world: World, app: PhoneApp, address: str, answer: JSONResponse, caplog: pytest.LogCaptureFixture
) -> None:
    given = await app.signed_in_there()
    app.provider.answers[address] = answer
    assert (await app.redeem(given))["refusalCode"] == "SIGN_IN_NOT_NOW"
    assert "the provider ixiamen is of no use now: " in caplog.text


async def test_a_provider_may_change_its_key_at_any_time(world: World, app: PhoneApp) -> None:
    await app.log_in()
    app.provider.turn_key("RS256", RSAKey.generate_key(2048), forget=True)
    world.clock.advance(minutes=1)
    app.provider.metadata = {"id_token_signing_alg_values_supported": ["ES256", "RS256"]}
    world.clock.advance(hours=1)
    assert "session" in await app.log_in()


async def test_userinfo_of_another_person_makes_no_session(world: World, app: PhoneApp) -> None:
    app.provider.answers["userinfo"] = JSONResponse({"sub": "sub-somebody", **VERIFIED})
    assert (await app.log_in())["refusalCode"] == "SIGN_IN_FAILED"
    await _nothing_was_made(world)


@pytest.mark.parametrize("in_userinfo", [False, True])
async def test_a_verified_identity_comes_with_the_session(world: World, app: PhoneApp, in_userinfo: bool) -> None:
    app.provider.people["ying"].claims = VERIFIED
    app.provider.role_in_userinfo = in_userinfo
    token = (await app.log_in())["session"]["token"]
    principal = await world.container.sessions.principal_of(token)
    assert principal.verified is not None
    assert (principal.verified.name, principal.verified.id_number) == (YING.name, YING.id_number)
    assert YING.name not in repr(principal)
    shown = await world.ask("{ viewer { verifiedIdentity { maskedName maskedIdNumber } } }", token=token)
    masked = shown["data"]["viewer"]["verifiedIdentity"]
    assert masked["maskedName"].endswith("*")
    assert YING.id_number not in str(shown)


@pytest.mark.parametrize(
    "claims",
    [
        {**VERIFIED, "level": "L1"},
        {**VERIFIED, "level": True},
        {**VERIFIED, "level": None},
        {"name": YING.name, "level": "L3"},
        {**VERIFIED, "id_number": 350199199001010015},
        {**VERIFIED, "name": "名" * 65},
        {"name": YING.name, "id_number": YING.id_number},
    ],
)
async def test_what_is_not_said_to_be_verified_is_not(world: World, app: PhoneApp, claims: dict[str, Any]) -> None:
    app.provider.people["ying"].claims = claims
    token = (await app.log_in())["session"]["token"]
    assert (await world.container.sessions.principal_of(token)).verified is None


async def test_what_is_typed_never_replaces_what_is_verified(world: World, app: PhoneApp) -> None:
    await world.register(YING, FAN)
    app.provider.people["ying"].claims = VERIFIED
    token = (await app.log_in())["session"]["token"]
    typed = {"name": FAN.name, "idNumber": FAN.id_number, "phone": YING.phone, "consentVersion": "2026-1"}
    assert (await world.ask(START, token=token, i=typed))["data"]["startBinding"]["__typename"] == "StartBindingSuccess"


async def test_a_renewed_session_has_to_type_what_was_verified(world: World, app: PhoneApp) -> None:
    await world.register(YING)
    app.provider.people["ying"].claims = VERIFIED
    session = (await app.log_in())["session"]
    token = (await world.container.sessions.renew(session["refreshToken"])).token
    without = {"phone": YING.phone, "consentVersion": "2026-1"}
    answer = (await world.ask(START, token=token, i=without))["data"]["startBinding"]
    assert (answer["refusalCode"], answer["inputField"]) == ("BAD_INPUT", "name")
    assert "请填写姓名和证件号码" in answer["message"]["zh"]
    typed = {**without, "name": YING.name, "idNumber": YING.id_number}
    assert (await world.ask(START, token=token, i=typed))["data"]["startBinding"]["__typename"] == "StartBindingSuccess"


async def test_what_a_browser_began_belongs_to_its_state_and_its_provider(
    world: World, ixiamen: CityProvider, efuzhou: CityProvider
) -> None:
    providers = world.container.providers
    begun, other = await providers.begin("ixiamen", "/h5/"), await providers.begin("ixiamen", "/h5/records")
    assert providers.way_back("ixiamen", begun.flow, begun.state) == "/h5/"
    assert providers.way_back("ixiamen", begun.flow, other.state) is None
    assert providers.way_back("efuzhou", begun.flow, begun.state) is None
    assert providers.way_back("ixiamen", "", "") is None


async def test_no_log_names_the_person_the_code_or_a_token(
    world: World, app: PhoneApp, caplog: pytest.LogCaptureFixture
) -> None:
    app.provider.people["ying"].claims = VERIFIED
    with caplog.at_level(logging.DEBUG, logger="egret"):
        given = await app.signed_in_there()
        session = (await app.redeem(given))["session"]
        await app.redeem(given)
    told = caplog.text
    assert "a citizen's sign-in failed: GrantRefusedError" in told
    secrets = [given["code"], given["codeVerifier"], session["token"], *app.provider.access, YING.name, YING.id_number]
    assert not [secret for secret in secrets if secret in told]


async def _nothing_was_made(world: World) -> None:
    assert await world.container.store["contacts"].count_documents({}) == 0
    assert await world.container.store["refresh_tokens"].count_documents({}) == 0
