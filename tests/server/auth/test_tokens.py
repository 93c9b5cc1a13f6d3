"""Tokens and sign-in over the API: one answer to whatever is bad."""

from __future__ import annotations

import base64
from collections import deque
from datetime import timedelta

import httpx
import pytest

from schema.types.principal import Kind
from server.platform.crypto.signed_tokens import SignedTokens
from tests.support.world import World

LOG_IN = """mutation($code: String!) { logIn(input: {code: $code}) {
    ... on LogInSuccess { session { role refreshToken } } ... on Refusal { refusalCode } } }"""
RENEW = """mutation($t: String!) { renewSession(input: {refreshToken: $t}) {
    ... on RenewSessionSuccess { session { refreshToken } } } }"""
END = "mutation($t: String!) { endSession(input: {refreshToken: $t}) { ... on EndSessionSuccess { ended } } }"


async def test_a_code_is_good_for_the_app_that_gave_it_alone(world: World) -> None:
    """The mini-program and the public account have each an AppID of its own: a mix-up signs nobody in."""
    wechat, platform = world.container.wechat, world.platform
    assert await wechat.account_of(platform.page_code("o-1")) is None
    assert await wechat.openid_of_page(platform.login_code("o-1")) is None
    assert await wechat.account_of(platform.login_code("o-1")) == ("o-1", None)
    assert await wechat.openid_of_page(platform.page_code("o-1")) == "o-1"


@pytest.mark.parametrize("path", ["/sns/jscode2session", "/sns/oauth2/access_token", "/cgi-bin/stable_token"])
async def test_the_platform_of_the_demo_knows_each_app_by_its_id_and_secret(world: World, path: str) -> None:
    settings, platform = world.container.settings, world.platform
    whose, other = ("miniapp", "wechat") if path == "/sns/jscode2session" else ("wechat", "miniapp")
    right = getattr(settings, f"{whose}_app_secret").get_secret_value()
    wrong = getattr(settings, f"{other}_app_secret").get_secret_value()
    app_id = getattr(settings, f"{whose}_app_id")
    code = platform.login_code("o-1") if whose == "miniapp" else platform.page_code("o-1")
    for asked, errcode in (
        ({"appid": app_id, "secret": wrong}, 40125),
        ({"appid": getattr(settings, f"{other}_app_id"), "secret": right}, 40013),
        ({"appid": app_id, "secret": right}, None),
    ):
        asked |= {"js_code": code, "code": code}
        url = f"{settings.wechat_api_base}{path}"
        post = path.endswith("stable_token")
        answer = (await (world.http.post(url, json=asked) if post else world.http.get(url, params=asked))).json()
        expected = 40125 if post and errcode else errcode
        assert answer.get("errcode") == expected, (path, asked)


async def test_every_bad_token_is_the_same_401(world: World) -> None:
    """Each differs in one thing from one that is good."""
    container = world.container
    store, clock = container.store, container.clock
    tokens = container.signed_tokens
    stranger = SignedTokens(store, clock, tokens.base_url, "another key that is long enough to seal with")
    content = {"kind": "contact", "contact": "x", "at": clock().timestamp()}
    minute = timedelta(minutes=1)

    async def asked(token: str) -> tuple[int, str]:
        headers = {"authorization": f"Bearer {token}"}
        response = await world.http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
        return response.status_code, response.text

    good, _ = tokens.issue("session", content, minute)
    assert (await asked(good))[0] == 200
    sealed = bytearray(base64.urlsafe_b64decode(good + "=" * (-len(good) % 4)))
    flipped = []
    for n in range(len(sealed)):
        sealed[n] ^= 1
        flipped.append(base64.urlsafe_b64encode(sealed).decode().rstrip("="))
        sealed[n] ^= 1
    bad = [
        "",
        "x",
        "a.b.c",
        "egp_unknown",
        "egr_unknown",
        "egs_unknown",
        "x" * 5000,
        *flipped,
        good[:-1],
        good + "A",
        good + "=",
        f"{good}\u0000".encode().decode("latin-1"),
        stranger.issue("session", content, minute)[0],
        tokens.issue("letter", content, minute)[0],
        tokens.issue("refresh", content, minute)[0],
    ]
    answers = {await asked(token) for token in bad}
    assert len(answers) == 1
    ((status, text),) = answers
    assert status == 401
    assert "NOT_SIGNED_IN" in text


async def test_a_session_that_is_over_is_told_apart_and_keeps_no_one_from_signing_in(world: World) -> None:
    over, _ = world.container.signed_tokens.issue("session", {"kind": "contact", "contact": "x"}, -timedelta(minutes=1))
    headers = {"authorization": f"Bearer {over}"}
    response = await world.http.post("/graphql", json={"query": "{ me { maskedName } }"}, headers=headers)
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "EXPIRED"
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    for token in (over, "forged", "egr_forged"):
        code = world.platform.login_code("mini-1")
        session = (await world.ask(LOG_IN, token=token, code=code))["data"]["logIn"]["session"]
        assert session["role"] == "CITIZEN"
        renewed = (await world.ask(RENEW, token=token, t=session["refreshToken"]))["data"]["renewSession"]["session"]
        ended = await world.ask(END, token=token, t=renewed["refreshToken"])
        assert ended["data"] == {"endSession": {"ended": True}}


async def test_signing_in_as_events_needs_no_good_token_either(world: World) -> None:
    headers = {"authorization": "Bearer forged", "accept": "text/event-stream"}
    asked = {"query": LOG_IN, "variables": {"code": world.platform.login_code("mini-1")}}
    answer = await world.http.post("/graphql", json=asked, headers=headers)
    assert '"role":"CITIZEN"' in answer.text
    assert "EXPIRED" not in answer.text


@pytest.mark.parametrize(
    "document",
    [
        "{ __typename }",
        "mutation { leave { __typename } }",
        'mutation { logIn(input: {code: "x"}) { __typename } leave { __typename } }',
        "mutation { logIn",
    ],
)
async def test_nothing_else_is_done_with_a_bad_token(world: World, document: str) -> None:
    answer = await world.ask(document, token="forged")
    assert answer["errors"][0]["extensions"]["code"] == "NOT_SIGNED_IN"


async def test_a_wrong_password_pauses_after_five_tries(world: World) -> None:
    await world.hire("agent", Kind.AGENT)
    document = """mutation($a: String!, $p: String!) { signIn(input: {account: $a, password: $p}) {
        ... on SignInSuccess { session { role } } ... on Refusal { refusalCode } } }"""
    codes = [(await world.ask(document, a="agent", p="wrong"))["data"]["signIn"]["refusalCode"] for _ in range(6)]
    assert codes == ["SIGN_IN_FAILED"] * 5 + ["TOO_MANY_TRIES"]
    unknown = await world.ask(document, a="nobody", p="wrong")
    assert unknown["data"]["signIn"]["refusalCode"] == "SIGN_IN_FAILED"


async def test_disabled_staff_are_out_at_once(world: World) -> None:
    await world.hire("agent", Kind.AGENT)
    desk = await world.staff_token("agent")
    await world.container.store["staff"].update_one({"_id": "agent"}, {"$set": {"active": False}})
    answer = await world.ask("{ cases { edges { node { id } } } }", token=desk)
    assert answer["errors"][0]["extensions"]["code"] == "NOT_SIGNED_IN"


async def test_a_login_code_works_once(world: World) -> None:
    code = world.platform.login_code("mini-1")
    assert (await world.ask(LOG_IN, code=code))["data"]["logIn"]["session"]["role"] == "CITIZEN"
    assert (await world.ask(LOG_IN, code=code))["data"]["logIn"] == {"refusalCode": "SIGN_IN_FAILED"}


@pytest.mark.parametrize("fault", [40125, 45011, -1, httpx.ReadTimeout("late")])
async def test_a_platform_that_does_not_answer_refuses_no_one_for_good(world: World, fault: int | Exception) -> None:
    code = world.platform.login_code("mini-1")
    world.platform.faults["/sns/jscode2session"] = deque([fault] * (2 if fault == -1 else 1))
    document = """mutation($c: String!) { logIn(input: {code: $c}) {
        ... on LogInSuccess { session { role } }
        ... on NotNowRefusal { refusalCode inputField retryAfter message { zh en } } } }"""
    refusal = (await world.ask(document, c=code))["data"]["logIn"]
    assert (refusal["refusalCode"], refusal["inputField"], refusal["retryAfter"]) == ("SIGN_IN_NOT_NOW", None, 60)
    assert "请过一分钟再试" in refusal["message"]["zh"]
    assert (await world.ask(document, c=code))["data"]["logIn"] == {"session": {"role": "CITIZEN"}}
