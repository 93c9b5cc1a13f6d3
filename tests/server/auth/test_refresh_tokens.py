"""A session is renewed without signing in again; a token that comes a second time ends the sign-in for both."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from schema.types.principal import Caller, Contact, Kind
from server.auth.refresh_tokens import BadRefreshError, RefreshTokens
from server.auth.service import CITIZEN_LIFE, Audience, BadTokenError
from server.platform.crypto.signed_tokens import SignedTokens
from tests.support.people import YING
from tests.support.world import World

LOG_IN = """mutation($code: String!) { logIn(input: {code: $code}) {
    ... on LogInSuccess { session { token refreshToken expiresAt } } } }"""
RENEW = """mutation($t: String!) { renewSession(input: {refreshToken: $t}) {
    ... on RenewSessionSuccess { session { token refreshToken role } } ... on Refusal { refusalCode inputField } } }"""
END = """mutation($t: String!) { endSession(input: {refreshToken: $t}) {
    ... on EndSessionSuccess { ended } ... on Refusal { refusalCode inputField } } }"""
REFUSED = {"refusalCode": "SIGN_IN_FAILED", "inputField": "refreshToken"}


async def signed_in(world: World, openid: str = "mini-1") -> dict[str, Any]:
    code = world.platform.login_code(openid)
    session: dict[str, Any] = (await world.ask(LOG_IN, code=code))["data"]["logIn"]["session"]
    return session


def _tokens(world: World) -> RefreshTokens:
    return RefreshTokens(world.container.store, world.container.clock, world.container.signed_tokens)


async def renewed(world: World, token: str) -> dict[str, Any]:
    """The new session, or the refusal."""
    result: dict[str, Any] = (await world.ask(RENEW, t=token))["data"]["renewSession"]
    session: dict[str, Any] = result.get("session", result)
    return session


async def test_a_new_session_comes_for_a_refresh_token_and_is_of_the_same_person(world: World) -> None:
    first = await signed_in(world)
    world.clock.advance(seconds=CITIZEN_LIFE.total_seconds() + 1)
    with pytest.raises(BadTokenError):
        await world.container.sessions.principal_of(first["token"])
    second = await renewed(world, first["refreshToken"])
    assert second["role"] == "CITIZEN"
    principal = await world.container.sessions.principal_of(second["token"])
    assert principal.contact == Contact("mini", world.container.contacts.id_of("mini", "mini-1"))
    third = await renewed(world, second["refreshToken"])
    assert len({first["refreshToken"], second["refreshToken"], third["refreshToken"]}) == 3


async def test_a_token_that_was_used_before_ends_the_sign_in_for_anyone_who_has_a_copy(world: World) -> None:
    stolen = (await signed_in(world))["refreshToken"]
    owner = await renewed(world, stolen)
    world.clock.advance(minutes=1)
    assert await renewed(world, stolen) == REFUSED
    assert await renewed(world, owner["refreshToken"]) == REFUSED
    assert await world.container.store["refresh_tokens"].count_documents({}) == 0


async def test_an_older_token_ends_it_at_once_however_quick(world: World) -> None:
    first = (await signed_in(world))["refreshToken"]
    second = (await renewed(world, first))["refreshToken"]
    third = (await renewed(world, second))["refreshToken"]
    assert await renewed(world, first) == REFUSED
    assert await renewed(world, third) == REFUSED


async def test_a_client_that_lost_the_answer_asks_again_at_once_and_each_answer_is_good(world: World) -> None:
    token = (await signed_in(world))["refreshToken"]
    answers = await asyncio.gather(*(renewed(world, token) for _ in range(5)))
    for answer in answers:
        assert "token" in await renewed(world, answer["refreshToken"])


async def test_signing_out_ends_that_sign_in_and_no_other(world: World) -> None:
    phone, tablet = (await signed_in(world))["refreshToken"], (await signed_in(world))["refreshToken"]
    assert (await world.ask(END, t=phone))["data"]["endSession"] == {"ended": True}
    assert (await world.ask(END, t=phone))["data"]["endSession"] == {"ended": True}
    assert await renewed(world, phone) == REFUSED
    assert "token" in await renewed(world, tablet)


async def test_a_sign_in_ends_when_it_is_not_used_and_at_last_however_much_it_is(world: World) -> None:
    idle = (await signed_in(world, "mini-idle"))["refreshToken"]
    world.clock.advance(days=30, seconds=1)
    assert await renewed(world, idle) == REFUSED
    token = (await signed_in(world, "mini-busy"))["refreshToken"]
    for _ in range(6):
        world.clock.advance(days=29)
        token = (await renewed(world, token))["refreshToken"]
    world.clock.advance(days=7)
    assert await renewed(world, token) == REFUSED


async def test_anyone_who_asks_what_is_held_about_them_sees_their_sign_ins(world: World) -> None:
    citizen = await world.enrol(YING)
    assert citizen.contact is not None
    await _tokens(world).begin(citizen.contact)
    (sign_in,) = (await world.export(citizen))["sign_ins"]
    assert sign_in.keys() == {"channel", "renewed_at", "expires_at", "ends_at"}
    assert sign_in["channel"] == "wechat"


async def test_leaving_ends_every_sign_in(world: World) -> None:
    citizen = await world.enrol(YING)
    assert citizen.contact is not None
    await _tokens(world).begin(citizen.contact)
    await world.container.services.enrolments.leave(Caller(citizen))
    assert await world.container.store["refresh_tokens"].count_documents({}) == 0


async def test_one_contact_has_so_many_sign_ins_and_the_oldest_makes_room(world: World) -> None:
    tokens = _tokens(world)
    given = [await tokens.begin(Contact("mini", "one")) for _ in range(21)]
    with pytest.raises(BadRefreshError):
        await tokens.renew(given[0])
    for token in given[1:]:
        await tokens.renew(token)


def _altered(token: str) -> list[str]:
    value = bytearray(base64.urlsafe_b64decode(token[4:] + "=="))
    flipped = []
    for n in range(len(value)):
        value[n] ^= 1
        flipped.append("egr_" + base64.urlsafe_b64encode(value).decode().rstrip("="))
        value[n] ^= 1
    strange = ["", "egr_", "egr_" + "ä" * 70, "egr_" + "!" * 70, "x" * 10_000]
    return [*flipped, *strange, token[:-1], token + "A", token[4:], "egp_" + token[4:]]


async def test_what_is_not_ours_to_the_last_bit_is_refused_and_harms_no_one(world: World) -> None:
    tokens = _tokens(world)
    token = await tokens.begin(Contact("mini", "one"))
    for bad in _altered(token):
        with pytest.raises(BadRefreshError):
            await tokens.renew(bad)
        with pytest.raises(BadRefreshError):
            await tokens.end(bad)
    contact, _ = await tokens.renew(token)
    assert contact == Contact("mini", "one")


async def test_the_database_holds_nothing_to_sign_in_with(world: World) -> None:
    token = (await signed_in(world))["refreshToken"]
    row = await world.container.store["refresh_tokens"].find_one({})
    assert row is not None
    store, clock = world.container.store, world.container.clock
    own = SignedTokens(store, clock, "https://thief.test", "a thief's own key, as long as it may be")
    thief = RefreshTokens(store, clock, own)
    assert await renewed(world, thief._token(row["_id"], row["generation"])) == REFUSED
    assert "token" in await renewed(world, token)


async def test_each_token_opens_the_door_that_it_was_made_for(world: World) -> None:
    sessions = world.container.sessions
    await world.hire("agent", Kind.AGENT)
    tokens = {
        Audience.API: (await signed_in(world))["token"],
        Audience.PAGE: sessions.log_in_page("o-1").token,
        Audience.DESK: await world.staff_token("agent"),
    }
    for made_for, token in tokens.items():
        for door in Audience:
            if door in (made_for, Audience.API):
                assert await sessions.principal_of(token, door)
                continue
            with pytest.raises(BadTokenError):
                await sessions.principal_of(token, door)
    key = await world.partner("fz-library")
    for door in (Audience.PAGE, Audience.DESK):
        with pytest.raises(BadTokenError):
            await sessions.principal_of(key, door)
