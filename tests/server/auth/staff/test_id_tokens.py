"""ID tokens: what is wrong with one, the person never learns; what is right, however it was signed."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from starlette.responses import JSONResponse, Response

from tests.server.auth.staff.conftest import Browser
from tests.support.provider import CLIENT_ID, CityProvider, Claims, Key
from tests.support.world import World

Forge = Callable[[CityProvider, Claims], str]
STRANGER = ECKey.generate_key("P-256")


def b64(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def changed(**values: Any) -> Forge:
    """Signed as it should be, with other claims; None takes one away."""

    def forge(provider: CityProvider, claims: Claims) -> str:
        return provider.sign({name: value for name, value in {**claims, **values}.items() if value is not None})

    return forge


def later(**seconds: int) -> Forge:
    """With moments so many seconds from now."""
    return lambda provider, claims: changed(**{name: claims["iat"] + by for name, by in seconds.items()})(
        provider, claims
    )


def unsigned(provider: CityProvider, claims: Claims) -> str:
    return f"{b64({'alg': 'none'})}.{b64(claims)}."


def by_public_key(provider: CityProvider, claims: Claims) -> str:
    """The key that everybody knows, taken for a shared secret."""
    _, kid, key = provider.keys[-1]
    secret = OctKey.import_key(base64.urlsafe_b64encode(key.as_pem(private=False)).decode())
    return jwt.encode({"alg": "HS256", "kid": kid}, claims, secret, algorithms=["HS256"])


def by_client_secret(provider: CityProvider, claims: Claims) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key("a secret of the desk 42"), algorithms=["HS256"])


def by_stranger(kid: str | None) -> Forge:
    def forge(provider: CityProvider, claims: Claims) -> str:
        header = {"alg": "ES256", "kid": kid or provider.keys[-1][1]}
        return jwt.encode(header, claims, STRANGER)

    return forge


def by_key_inside(provider: CityProvider, claims: Claims) -> str:
    """With its own key in its header (CVE-2018-0114)."""
    header = {"alg": "ES256", "jwk": STRANGER.as_dict(private=False)}
    return jwt.encode(header, claims, STRANGER)


def tampered(provider: CityProvider, claims: Claims) -> str:
    head, _, signature = provider.sign(claims).split(".")
    return f"{head}.{b64({**claims, 'groups': ['desk-approvers']})}.{signature}"


BAD: dict[str, Forge] = {
    "alg none": unsigned,
    "HS256 by the public key": by_public_key,
    "HS256 by the client's secret": by_client_secret,
    "another key": by_stranger(None),
    "an unknown kid": by_stranger("unknown"),
    "its own key": by_key_inside,
    "tampered": tampered,
    "no token": lambda provider, claims: "x.y.z",
    "too long": changed(padding="x" * 20_000),
    "another issuer": changed(iss="https://elsewhere.example"),
    "the issuer with a slash": changed(iss="https://login.city.example/city/"),
    "no issuer": changed(iss=None),
    "another audience": changed(aud="another"),
    "no audience": changed(aud=None),
    "two audiences and no azp": changed(aud=[CLIENT_ID, "another"]),
    "another azp": changed(azp="another"),
    "expired": later(iat=-300, exp=-120),
    "no expiry": changed(exp=None),
    "an expiry that is no number": changed(exp="tomorrow"),
    "not yet": later(nbf=300),
    "made in the future": later(iat=300, exp=600),
    "no moment": changed(iat=None),
    "another nonce": changed(nonce="another"),
    "no nonce": changed(nonce=None),
    "no subject": changed(sub=None),
    "an empty subject": changed(sub=""),
    "a subject that is no text": changed(sub=7),
    "a subject that is too long": changed(sub="x" * 256),
    "of another access token": changed(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}


async def test_whatever_is_wrong_the_answer_is_the_same(
    world: World, provider: CityProvider, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    answers = {}
    for name, forge in BAD.items():
        provider.forge = functools.partial(forge, provider)
        answer = await browser.sign_in()
        answers[name] = (answer.status_code, answer.text, sorted(answer.headers))
        world.clock.advance(seconds=11)
    assert {status for status, _, _ in answers.values()} == {401}, answers
    assert len({repr(answer) for answer in answers.values()}) == 1
    assert await world.container.store["staff"].count_documents({}) == 0
    assert await world.container.store["staff_sessions"].count_documents({}) == 0
    told = [line for line in caplog.messages if line.startswith("a sign-in failed")]
    assert len(told) == len(BAD), "the log tells them apart"
    assert len(set(told)) > 8


async def test_no_token_at_all_is_the_same(world: World, provider: CityProvider, browser: Browser) -> None:
    provider.answers["token"] = JSONResponse({"access_token": "a", "token_type": "Bearer"})
    assert (await browser.sign_in()).status_code == 401


@pytest.mark.parametrize(
    "forge",
    [
        changed(aud=[CLIENT_ID]),
        changed(aud=[CLIENT_ID, "another"], azp=CLIENT_ID),
        changed(azp=CLIENT_ID),
        changed(at_hash=None),
        changed(sid=None),
        later(iat=20, exp=60),
        later(iat=-80, exp=-20),
    ],
)
async def test_what_the_standard_allows_is_taken(
    world: World, provider: CityProvider, browser: Browser, forge: Forge
) -> None:
    provider.forge = lambda claims: forge(provider, claims)
    assert (await browser.sign_in()).status_code == 200


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES384", "Ed25519", "EdDSA"])
async def test_every_usual_algorithm_is_known(
    world: World, provider: CityProvider, browser: Browser, algorithm: str
) -> None:
    made: dict[str, Callable[[], Key]] = {
        "RS256": lambda: RSAKey.generate_key(2048),
        "PS256": lambda: RSAKey.generate_key(2048),
        "ES384": lambda: ECKey.generate_key("P-384"),
        "Ed25519": lambda: OKPKey.generate_key("Ed25519"),
        "EdDSA": lambda: OKPKey.generate_key("Ed25519"),
    }
    key = made[algorithm]()
    provider.turn_key(algorithm, key, forget=True)

    def forge(claims: Claims) -> str:
        del claims["at_hash"]  # of the provider's usual algorithm
        if algorithm != "EdDSA":
            return provider.sign(claims)
        assert isinstance(key, OKPKey)  # signed here, since joserfc warns of the name when it signs
        signed = f"{b64({'alg': algorithm, 'kid': provider.keys[-1][1]})}.{b64(claims)}"
        private = key.get_op_key("sign")
        assert isinstance(private, Ed25519PrivateKey)
        return f"{signed}.{base64.urlsafe_b64encode(private.sign(signed.encode())).rstrip(b'=').decode()}"

    provider.forge = forge
    assert (await browser.sign_in()).status_code == 200


async def test_a_new_key_is_fetched_once_when_it_is_first_seen(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    await browser.sign_in()
    await browser.sign_in()
    assert provider.asked["keys"] == 1
    provider.turn_key("ES256", ECKey.generate_key("P-256"), forget=True)
    world.clock.advance(minutes=5)
    assert (await browser.sign_in()).status_code == 200
    assert provider.asked["keys"] == 2


async def test_made_up_key_ids_do_not_make_us_ask_without_end(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    await browser.sign_in()
    world.clock.advance(minutes=5)
    forge = by_stranger("unknown")
    for _ in range(5):
        token = forge(provider, {"iss": "x"})
        response = await world.http.post("/desk/oidc/backchannel-logout", data={"logout_token": token})
        assert response.status_code == 400
    assert provider.asked["keys"] == 2


async def test_keys_and_metadata_are_fetched_again_after_an_hour(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    await browser.sign_in()
    world.clock.advance(minutes=61)
    await browser.sign_in()
    assert (provider.asked["keys"], provider.asked["openid-configuration"]) == (2, 2)


async def test_a_key_that_cannot_be_used_spoils_no_other(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    _, kid, key = provider.keys[-1]
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - that is the point
    modulus = weak.public_key().public_numbers().n.to_bytes(128, "big")
    keys = [
        "no key",
        {"kty": "unheard-of"},
        {"kty": "EC", "crv": "P-256", "x": "broken"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": kid},
        {"kty": "RSA", "kid": "weak", "e": "AQAB", "n": base64.urlsafe_b64encode(modulus).rstrip(b"=").decode()},
        {**STRANGER.as_dict(private=False), "kid": "for-encryption", "use": "enc"},
        {**key.as_dict(private=False), "kid": kid},
    ]
    provider.answers["keys"] = JSONResponse({"keys": keys})
    provider.metadata = {"id_token_signing_alg_values_supported": ["ES256", "RS256"]}
    assert (await browser.sign_in()).status_code == 200
    provider.forge = lambda claims: by_stranger("for-encryption")(provider, claims)
    assert (await browser.sign_in()).status_code == 401

    def forge_by_weak(claims: Claims) -> str:
        signed = f"{b64({'alg': 'RS256', 'kid': 'weak'})}.{b64(claims)}"
        signature = weak.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    provider.forge = forge_by_weak
    assert (await browser.sign_in()).status_code == 401


UNUSABLE: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://elsewhere.example"},
    "no PKCE": {"code_challenge_methods_supported": ["plain"]},
    "only shared secrets": {"id_token_signing_alg_values_supported": ["HS256", "none"]},
    "a token endpoint without TLS": {"token_endpoint": "http://login.city.example/city/token"},
    "no token endpoint": {"token_endpoint": None},
    "keys without TLS": {"jwks_uri": "http://login.city.example/city/keys"},
}


@pytest.mark.parametrize("name", UNUSABLE)
async def test_metadata_that_is_not_safe_is_not_used(
    world: World, provider: CityProvider, browser: Browser, name: str
) -> None:
    provider.metadata = UNUSABLE[name]
    begun = await browser.get("/desk/oidc/login")
    if begun.status_code == 303:
        begun = await browser.get(await browser.at_provider(begun.headers["location"], "li.na"))
    assert begun.status_code == 503
    assert "暂时连不上单位的登录服务" in begun.text


@pytest.mark.parametrize("path", ["openid-configuration", "token", "keys"])
@pytest.mark.parametrize(
    "answer",
    [
        Response(b"{" + b" " * 300_000 + b"}", media_type="application/json"),
        Response("<html>", media_type="text/html"),
        JSONResponse([1]),
        JSONResponse({"error": "temporarily_unavailable"}, 503),
        JSONResponse({"error": "invalid_client"}, 401),
        Response(status_code=302, headers={"location": "https://elsewhere.example/"}),
    ],
    ids=["large", "no json", "no object", "failing", "unknown client", "leading away"],
)
async def test_an_answer_that_is_of_no_use_is_as_none(
    world: World, provider: CityProvider, browser: Browser, path: str, answer: Response
) -> None:
    provider.answers[path] = answer
    begun = await browser.get("/desk/oidc/login")
    if begun.status_code == 303:
        begun = await browser.get(await browser.at_provider(begun.headers["location"], "li.na"))
    assert begun.status_code == 503
    assert "登录服务没有答复" in begun.text
