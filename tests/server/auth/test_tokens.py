"""Tokens and sign-in over the API: one answer to whatever is bad."""

from __future__ import annotations

import base64
import json
from collections import deque
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from schema.types.principal import Kind
from tests.support.world import World


def _unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


async def test_every_bad_token_is_the_same_401(world: World) -> None:
    """Each differs in one thing from one that is good."""
    key = OctKey.import_key(world.container.settings.token_key.get_secret_value())
    other = OctKey.import_key("another key that is long enough to sign with")
    now = int(world.container.clock().timestamp())
    good = {"aud": "egret-api", "kind": "contact", "sub": "x", "iat": now, "exp": now + 60}
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
        jwt.encode(header, {**good, "aud": "egret-desk"}, key),
        jwt.encode(header, {**good, "aud": ["egret-api", "egret-desk"]}, key),
        jwt.encode(header, {k: v for k, v in good.items() if k != "aud"}, key),
        jwt.encode(header, {**good, "kind": "operator"}, key),
        jwt.encode(header, {k: v for k, v in good.items() if k != "exp"}, key),
        jwt.encode(header, {k: v for k, v in good.items() if k != "sub"}, key),
        jwt.encode(header, {**good, "aud": "egret-desk", "kind": "staff", "sub": "nobody"}, key),
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
    await world.container.store["staff"].update_one({"_id": "agent"}, {"$set": {"active": False}})
    answer = await world.ask("{ cases { edges { node { id } } } }", token=desk)
    assert answer["errors"][0]["extensions"]["code"] == "NOT_SIGNED_IN"


async def test_a_login_code_works_once(world: World) -> None:
    code = world.platform.login_code("mini-1")
    document = "mutation($c: String!) { logIn(code: $c) { ... on Session { role } ... on Refusal { code } } }"
    assert (await world.ask(document, c=code))["data"]["logIn"] == {"role": "citizen"}
    assert (await world.ask(document, c=code))["data"]["logIn"] == {"code": "SIGN_IN_FAILED"}


@pytest.mark.parametrize("fault", [40125, 45011, -1, httpx.ReadTimeout("late")])
async def test_a_platform_that_does_not_answer_refuses_nobody_for_good(world: World, fault: int | Exception) -> None:
    code = world.platform.login_code("mini-1")
    world.platform.faults["/sns/jscode2session"] = deque([fault] * (2 if fault == -1 else 1))
    document = """mutation($c: String!) {
        logIn(code: $c) { ... on Session { role } ... on Refusal { code field retryAfter message { zh en } } } }"""
    refusal = (await world.ask(document, c=code))["data"]["logIn"]
    assert (refusal["code"], refusal["field"], refusal["retryAfter"]) == ("SIGN_IN_NOT_NOW", None, 60)
    assert "请过一分钟再试" in refusal["message"]["zh"]
    assert (await world.ask(document, c=code))["data"]["logIn"] == {"role": "citizen"}
