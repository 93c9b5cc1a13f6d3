"""Signing in at the city's own provider: the code flow with PKCE, from the button to the desk."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx import URL
from pydantic import SecretStr

from schema.types.principal import Kind
from server.settings import Settings
from tests.server.auth.staff.conftest import Browser
from tests.support.provider import ISSUER, CityProvider
from tests.support.world import World

ONE_ANSWER = "没有登录成功，请重新登录。"


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def test_from_the_button_to_the_desk(world: World, provider: CityProvider, browser: Browser) -> None:
    page = (await browser.get("/desk/sign-in")).text
    assert "单位账号登录" in page
    assert 'name="password"' not in page
    asked = query(url := await browser.to_provider())
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len(asked["code_challenge"]) == 43
    back = await browser.get(await browser.at_provider(url, "li.na"))
    assert back.status_code == 200
    assert '<meta http-equiv="refresh" content="0; url=/desk/">' in back.text
    desk = (await browser.get("/desk/")).text
    assert "li.na · 专员" in desk
    (row,) = await world.container.store["staff"].find({}).to_list(None)
    assert (row["_id"], row["role"], row["name"], row["active"]) == ("li.na", "agent", "李娜", True)


async def test_the_cookies_are_out_of_reach(world: World, provider: CityProvider, browser: Browser) -> None:
    begun = await browser.get("/desk/oidc/login")
    flow = begun.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=lax", "Max-Age=600", "Path=/desk/oidc"):
        assert part in flow
    asked = query(begun.headers["location"])
    assert asked["state"] not in flow
    assert asked["nonce"] not in flow
    back = await browser.get(await browser.at_provider(begun.headers["location"], "li.na"))
    cookies = back.headers.get_list("set-cookie")
    (session,) = [one for one in cookies if one.startswith("egret_desk=")]
    for part in ("HttpOnly", "SameSite=strict", "Path=/desk"):
        assert part in session
    assert any(re.match(r'egret_desk_flow_[0-9a-f]{12}="";', one) for one in cookies)


async def test_over_https_every_cookie_is_secure(
    world: World, provider: CityProvider, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "base_url", "https://credit.city.example")
    assert "Secure" in (await browser.get("/desk/oidc/login")).headers["set-cookie"]


async def test_the_token_is_nothing_but_a_number_and_stands_nowhere(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    await browser.sign_in()
    (row,) = await world.container.store["staff_sessions"].find({}).to_list(None)
    kept = repr(row)
    secrets = [browser.token, *provider.access, *provider.refresh, "li.na@", provider.people["li.na"].subject]
    assert not [secret for secret in secrets if secret in kept]


async def test_a_second_sign_in_is_the_same_account_and_a_new_session(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    await browser.sign_in()
    first = browser.token
    provider.people["li.na"].username = "li.married"
    await browser.sign_in()
    assert browser.token != first
    assert await world.container.store["staff"].count_documents({}) == 1
    assert await world.container.store["staff_sessions"].count_documents({}) == 1, "the former one is over"


async def test_a_session_that_was_there_before_is_nobodys_afterwards(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    browser.http.cookies.set("egret_desk", "egs_planted-by-somebody-else", domain="127.0.0.1", path="/desk")
    await browser.sign_in()
    assert "egs_planted-by-somebody-else" not in [cookie.value for cookie in browser.http.cookies.jar]
    assert await browser.works() == 200


async def test_a_name_that_is_taken_is_not_shared(world: World, provider: CityProvider, browser: Browser) -> None:
    await world.hire("li.na", Kind.APPROVER)
    await browser.sign_in()
    assert "li.na-2 · 专员" in (await browser.get("/desk/")).text


async def test_a_name_that_is_a_number_of_a_person_is_not_shown(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    provider.employ("13900001234", "desk-agents")
    await browser.sign_in("13900001234")
    assert "staff · 专员" in (await browser.get("/desk/")).text


async def test_of_several_roles_the_first_of_the_setting_counts(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    provider.employ("both", "desk-agents", "desk-approvers")
    await browser.sign_in("both")
    assert "both · 复核员" in (await browser.get("/desk/")).text


async def test_a_role_that_only_userinfo_says_counts(world: World, provider: CityProvider, browser: Browser) -> None:
    provider.role_in_userinfo = True
    await browser.sign_in()
    assert "li.na · 专员" in (await browser.get("/desk/")).text


async def test_anyone_who_has_no_role_is_told_so(world: World, provider: CityProvider, browser: Browser) -> None:
    provider.employ("gardener", "everybody")
    answer = await browser.sign_in("gardener")
    assert answer.status_code == 403
    assert "没有异议台的角色" in answer.text
    assert await world.container.store["staff"].count_documents({}) == 0
    assert await browser.works() == 303


async def test_anyone_who_is_disabled_here_is_told_so(world: World, provider: CityProvider, browser: Browser) -> None:
    await browser.sign_in()
    assert await world.container.staff.disable("li.na")
    answer = await browser.sign_in()
    assert answer.status_code == 403
    assert "账号已停用" in answer.text
    assert await browser.works() == 303


async def test_anyone_who_is_disabled_there_does_not_come_in(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    provider.people["li.na"].enabled = False
    answer = await browser.sign_in()
    assert answer.status_code == 401
    assert ONE_ANSWER in answer.text


async def test_another_browsers_answer_is_refused(
    world: World, provider: CityProvider, browsers: Callable[[], Browser]
) -> None:
    """Login CSRF: a person is sent to the callback with someone else's code."""
    mallory, person = browsers(), browsers()
    mallorys = await mallory.at_provider(await mallory.to_provider(), "li.na")
    assert (await person.get(mallorys)).status_code == 401
    await person.to_provider()
    refused = await person.get(mallorys)
    assert refused.status_code == 401
    assert ONE_ANSWER in refused.text
    assert await world.container.store["staff_sessions"].count_documents({}) == 0


async def test_every_wrong_way_back_gets_one_answer(world: World, provider: CityProvider, browser: Browser) -> None:
    answers = set()
    for changed in (
        {"state": "another"},
        {"state": ""},
        {"code": "another"},
        {"code": ""},
        {"code": "x" * 5000},
        {"iss": "https://elsewhere.example"},
        {"iss": ""},
        {"error": "access_denied", "code": ""},
    ):
        back = await browser.at_provider(await browser.to_provider(), "li.na")
        url = URL(back).copy_merge_params(changed)
        answer = await browser.get(str(url))
        answers.add((answer.status_code, answer.text))
    assert len(answers) == 1
    ((status, text),) = answers
    assert status == 401
    assert ONE_ANSWER in text


async def test_an_answer_counts_once_and_not_for_long(world: World, provider: CityProvider, browser: Browser) -> None:
    url = await browser.to_provider()
    (name,) = [name for name in browser.http.cookies if name.startswith("egret_desk_flow_")]
    flow = browser.http.cookies[name]
    back = await browser.at_provider(url, "li.na")
    assert (await browser.get(back)).status_code == 200
    browser.http.cookies.set(name, flow, domain="127.0.0.1", path="/desk/oidc")
    assert (await browser.get(back)).status_code == 401
    late = await browser.at_provider(await browser.to_provider(), "li.na")
    world.clock.advance(minutes=11)
    assert (await browser.get(late)).status_code == 401


async def test_two_tabs_sign_in_side_by_side(world: World, provider: CityProvider, browser: Browser) -> None:
    first, second = [await browser.at_provider(await browser.to_provider(), "li.na") for _ in range(2)]
    assert (await browser.get(first)).status_code == 200
    assert (await browser.get(second)).status_code == 200
    assert (await browser.get("/desk/")).status_code == 200


async def test_who_comes_back_to_the_answer_goes_on_with_the_session(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    back = await browser.at_provider(await browser.to_provider(), "li.na")
    await browser.get(back)
    again = await browser.get(back)
    assert (again.status_code, ONE_ANSWER in again.text) == (401, True)
    assert 'content="0; url=/desk/sign-in?failed=1"' in again.text
    onward = await browser.get("/desk/sign-in?failed=1")
    assert (onward.status_code, onward.headers["location"]) == (303, "/desk/")
    assert (await browser.get("/desk/")).status_code == 200


async def test_without_a_session_the_sign_in_page_says_that_it_failed(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    assert ONE_ANSWER in (await browser.get("/desk/sign-in?failed=1")).text


async def test_a_code_is_worth_nothing_without_the_verifier(
    world: World, provider: CityProvider, browsers: Callable[[], Browser]
) -> None:
    """A code that leaked is tried with a sign-in of one's own: the state fits, the verifier does not."""
    person, mallory = browsers(), browsers()
    stolen = query(await person.at_provider(await person.to_provider(), "li.na"))["code"]
    own = query(await mallory.to_provider())
    back = f"/desk/oidc/callback?state={own['state']}&code={stolen}&iss={ISSUER}"
    refused = await mallory.get(back)
    assert (refused.status_code, ONE_ANSWER in refused.text) == (401, True)
    assert provider.codes == {}, "the provider saw it, and refused"


async def test_another_sites_page_cannot_begin_a_sign_in(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    answer = await browser.http.get("/desk/oidc/login", headers={"sec-fetch-site": "cross-site"})
    assert answer.headers["location"] == "/desk/sign-in"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("name", ["next", "to", "url", "redirect_uri", "return_to"])
async def test_no_parameter_leads_elsewhere(world: World, provider: CityProvider, browser: Browser, name: str) -> None:
    begun = await browser.get(f"/desk/oidc/login?{name}=https://elsewhere.example/")
    back = URL(await browser.at_provider(begun.headers["location"], "li.na"))
    assert back.host == "127.0.0.1"
    answer = await browser.get(str(back.copy_merge_params({name: "https://elsewhere.example/"})))
    assert "elsewhere.example" not in answer.text + repr(answer.headers)


async def test_a_password_opens_nothing_where_the_provider_is_the_only_door(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    await world.hire("agent", Kind.AGENT)
    answer = await browser.post("/desk/sign-in", account="agent", password="agentagent")
    assert answer.status_code == 403
    assert "这里只能用单位账号登录" in answer.text
    document = """mutation { signIn(input: {account: "agent", password: "agentagent"}) {
        ... on SignInSuccess { session { token } } ... on Refusal { refusalCode } } }"""
    assert (await world.ask(document))["data"]["signIn"] == {"refusalCode": "FORBIDDEN"}


@pytest.mark.parametrize("otherwise", [{"staff_local": True}])
async def test_an_account_of_the_directory_has_no_password(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    await browser.sign_in()
    document = """mutation { signIn(input: {account: "li.na", password: ""}) { ... on Refusal { refusalCode } } }"""
    assert (await world.ask(document))["data"]["signIn"] == {"refusalCode": "SIGN_IN_FAILED"}


async def test_nothing_personal_or_secret_is_logged_or_stands_in_an_address(
    world: World, provider: CityProvider, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "egret")
    failing = await browser.at_provider(await browser.to_provider(), "li.na")
    await browser.get(failing.replace("state=", "state=x"))
    url = await browser.to_provider()
    back = await browser.at_provider(url, "li.na")
    await browser.get(back)
    world.clock.advance(seconds=50)
    await browser.works()
    token = browser.token
    out = await browser.post("/desk/sign-out")
    assert "a sign-in failed" in caplog.text
    person, asked = provider.people["li.na"], query(url)
    verifiers = [grant.asked["code_challenge"] for grant in provider.access.values()]
    secret = [query(back)["code"], asked["state"], asked["nonce"], token]
    secret += [*verifiers, *provider.access, *provider.refresh, person.subject, person.name, person.username]
    assert not [one for one in secret if one in caplog.text]
    assert not [one for one in (person.subject, person.name, person.username) if one in url + back + out.text]


@pytest.mark.parametrize("otherwise", [{"oidc_client_secret": SecretStr("")}])
async def test_a_public_client_has_pkce_alone(world: World, provider: CityProvider, browser: Browser) -> None:
    provider.public = True
    await browser.sign_in()
    assert await browser.works() == 200


@pytest.mark.parametrize("otherwise", [{"staff_local": True}])
async def test_both_doors_may_be_open(world: World, provider: CityProvider, browser: Browser) -> None:
    page = (await browser.get("/desk/sign-in")).text
    assert "单位账号登录" in page
    assert 'name="password"' in page
    await world.hire("agent", Kind.AGENT)
    assert (await browser.post("/desk/sign-in", account="agent", password="agentagent")).status_code == 303
    await browser.sign_in()
    assert "li.na · 专员" in (await browser.get("/desk/")).text
