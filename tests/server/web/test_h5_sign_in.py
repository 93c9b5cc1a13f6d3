"""Signing in outside WeChat: at a provider, in any browser, as often and in as many tabs as a person likes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from starlette.responses import JSONResponse

from schema.types.principal import Kind
from server.auth.service import Audience
from server.settings import Settings
from tests.support.people import FAN, YING, record
from tests.support.provider import CityProvider
from tests.support.sign_in import IN_WECHAT, VERIFIED, Person, efuzhou, ixiamen, people, person, settings
from tests.support.world import World

__all__ = ["efuzhou", "ixiamen", "people", "person", "settings"]

PARKING = record("traffic.illegal-parking", "2026-09-02", "P-1")


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def enrolled(world: World, provider: CityProvider) -> None:
    """YING takes part, with the account of `ying` at a provider bound."""
    await world.enrol(YING, PARKING)
    contact = (await world.container.contacts.enter("app", f"{provider.issuer}|sub-ying")).contact
    link = {"hash": contact.id, "channel": "app", "bound_at": world.container.clock()}
    await world.container.store["citizens"].update_one({}, {"$push": {"contacts": link}})


async def test_outside_wechat_the_providers_are_offered_and_lead_back(
    world: World, ixiamen: CityProvider, efuzhou: CityProvider, person: Person
) -> None:
    await enrolled(world, ixiamen)
    page = await person.open("/h5/records")
    assert page.status_code == 200
    assert re.findall(r'href="(/h5/oidc/[^"]+)"', page.text) == [
        "/h5/oidc/ixiamen?back=/h5/records",
        "/h5/oidc/efuzhou?back=/h5/records",
    ]
    assert "用i厦门登录" in page.text
    back = await person.sign_in(back="/h5/records")
    assert (back.status_code, back.headers["location"]) == (303, "/h5/records")
    assert "违法停车" in (await person.open("/h5/records")).text


async def test_the_choice_is_there_in_english_too(world: World, ixiamen: CityProvider, person: Person) -> None:
    page = await person.open("/h5/sign-in?back=/h5/privacy&lang=en")
    assert "Sign in with efuzhou" in page.text
    assert "登录" not in page.text.replace("中文", "")
    assert 'href="/h5/oidc/efuzhou?back=/h5/privacy"' in page.text


async def test_inside_wechat_it_stays_wechats_own_way(world: World, person: Person) -> None:
    answer = await person.http.get("/h5/records", headers=IN_WECHAT)
    assert answer.headers["location"].startswith(world.container.settings.wechat_open_base)


async def test_where_no_provider_is_set_the_page_asks_for_wechat(
    world: World, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.container.providers, "all", ())
    monkeypatch.setattr(world.container.settings, "demo", False)
    page = await person.open("/h5/records")
    assert "请在微信里打开" in page.text
    assert "/h5/oidc/" not in page.text
    assert "/h5/wechat" not in page.text
    english = await person.open("/h5/records?lang=en")
    assert "Please open this in WeChat" in english.text


async def test_the_way_there_has_state_nonce_and_pkce_and_nothing_of_it_is_in_reach(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    begun = await person.http.get("/h5/oidc/ixiamen?back=/h5/privacy")
    asked = query(begun.headers["location"])
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/h5/oidc/ixiamen/callback"
    cookie = begun.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=lax", "Max-Age=600", "Path=/h5/oidc"):
        assert part in cookie
    assert not [secret for secret in (asked["state"], asked["nonce"], "privacy") if secret in cookie]


async def test_over_https_every_cookie_is_secure(
    world: World, ixiamen: CityProvider, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = await person.at_provider(await person.to_provider())
    monkeypatch.setattr(Settings, "base_url", "https://credit.city.example")
    (session,) = [one for one in (await person.http.get(back)).headers.get_list("set-cookie") if "egret_page=" in one]
    for part in ("HttpOnly", "SameSite=lax", "Secure", "Path=/h5"):
        assert part in session


async def test_back_and_a_second_call_go_on_with_the_session(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    there = await person.to_provider("/h5/records")
    back = await person.at_provider(there)
    assert (await person.http.get(back)).headers["location"] == "/h5/records"
    again = await person.http.get(back)
    assert (again.status_code, again.headers["location"]) == (303, "/h5/")
    for page in ("/h5/sign-in?back=/h5/privacy", "/h5/oidc/ixiamen?back=/h5/privacy"):
        answer = await person.http.get(page)
        assert (answer.status_code, answer.headers["location"]) == (303, "/h5/privacy")
    assert ixiamen.asked["token"] == 1


async def test_a_callback_that_is_called_twice_at_once_is_no_error_page(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    back = await person.at_provider(await person.to_provider("/h5/records"))
    answers = await asyncio.gather(*(person.http.get(back) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {303}
    assert sorted(answer.headers["location"].partition("?")[0] for answer in answers) == [
        "/h5/records",
        "/h5/sign-in",
        "/h5/sign-in",
    ]
    late = next(answer for answer in answers if "sign-in" in answer.headers["location"])
    assert (await person.http.get(late.headers["location"])).headers["location"] == "/h5/records"


async def test_two_tabs_sign_in_side_by_side(
    world: World, ixiamen: CityProvider, efuzhou: CityProvider, person: Person
) -> None:
    first, second = await person.to_provider("/h5/records"), await person.to_provider("/h5/privacy", "efuzhou")
    back = await person.at_provider(second)
    assert (await person.http.get(back)).headers["location"] == "/h5/privacy"
    assert (await person.http.get(await person.at_provider(first))).headers["location"] == "/h5/records"


async def test_sign_ins_that_are_begun_again_and_again_leave_few_cookies(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    for _ in range(12):
        there = await person.to_provider("/h5/privacy")
    assert len(person.cookies("egret_oidc_")) == 5
    assert (await person.http.get(await person.at_provider(there))).headers["location"] == "/h5/privacy"


async def test_what_another_provider_began_is_not_ended_here(
    world: World, ixiamen: CityProvider, efuzhou: CityProvider, person: Person
) -> None:
    back = await person.at_provider(await person.to_provider("/h5/records"))
    mixed = back.replace("/oidc/ixiamen/", "/oidc/efuzhou/")
    answer = await person.http.get(mixed)
    assert answer.headers["location"].startswith("/h5/sign-in?")
    assert efuzhou.asked["token"] == ixiamen.asked["token"] == 0, "the code was shown to no one"
    renamed = back.replace("login.ixiamen.example", "login.efuzhou.example")
    assert renamed != back
    assert (await person.http.get(renamed)).headers["location"].startswith("/h5/sign-in?")
    assert ixiamen.asked["token"] == 0


async def test_it_is_not_ended_there_even_where_no_provider_names_itself(
    world: World, ixiamen: CityProvider, efuzhou: CityProvider, person: Person
) -> None:
    ixiamen.metadata = efuzhou.metadata = {"authorization_response_iss_parameter_supported": False}
    back = await person.at_provider(await person.to_provider("/h5/records"))
    mixed = re.sub("&?iss=[^&]*", "", back).replace("/oidc/ixiamen/", "/oidc/efuzhou/")
    assert (await person.http.get(mixed)).headers["location"].startswith("/h5/sign-in?")
    assert efuzhou.asked["token"] == 0


async def test_a_sign_in_ends_in_one_session_even_where_the_provider_takes_a_code_again(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    ixiamen.takes_codes_again = True
    back = await person.at_provider(await person.to_provider())
    answers = await asyncio.gather(*(person.http.get(back) for _ in range(3)))
    made = [cookie for answer in answers for cookie in answer.headers.get_list("set-cookie") if "egret_page=" in cookie]
    assert len(made) == 1


async def test_another_browsers_sign_in_is_not_ended_here(
    world: World, ixiamen: CityProvider, people: Callable[[], Person]
) -> None:
    attacker, victim = people(), people()
    back = await attacker.at_provider(await attacker.to_provider())
    answer = await victim.http.get(back)
    assert answer.headers["location"] == "/h5/sign-in?back=/h5/&again=1"
    assert victim.cookies("egret_page") == []
    page = await victim.open(back)
    assert "登录没有完成" in page.text


async def test_a_session_that_was_planted_is_nobodys_afterwards(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    person.http.cookies.set("egret_page", "planted", domain="127.0.0.1", path="/h5")
    await person.sign_in()
    (token,) = [cookie.value for cookie in person.http.cookies.jar if cookie.name == "egret_page"]
    principal = await world.container.sessions.principal_of(token, Audience.PAGE)
    assert principal.contact is not None
    assert principal.contact.channel == "app"


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/h5/../desk",
        "/h5/oidc/ixiamen",
        "/h5/login",
        "/desk/",
        "javascript:alert(1)",
        "/h5/records\r\nset-cookie: x=y",
        "",
    ],
)
async def test_a_sign_in_leads_to_a_page_of_ours_whatever_is_asked(
    world: World, ixiamen: CityProvider, person: Person, back: str
) -> None:
    page = await person.http.get(f"/h5/sign-in?{urlencode({'back': back})}")
    assert 'href="/h5/oidc/ixiamen?back=/h5/"' in page.text
    links = re.findall(r'href="([^"]*)"', page.text)
    assert [link for link in links if not re.match(r"/[a-z]|\?|#", link)] == []
    assert (await person.sign_in(back=back)).headers["location"] == "/h5/"


async def test_another_site_cannot_begin_a_sign_in(world: World, ixiamen: CityProvider, person: Person) -> None:
    answer = await person.http.get("/h5/oidc/ixiamen", headers={"sec-fetch-site": "cross-site"})
    assert answer.headers["location"] == "/h5/sign-in?back=/h5/"
    assert ixiamen.asked["openid-configuration"] == 0


async def test_a_person_who_says_no_at_the_provider_may_try_again(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    ixiamen.people["ying"].enabled = False
    answer = await person.sign_in(back="/h5/privacy")
    assert answer.headers["location"] == "/h5/sign-in?back=/h5/privacy&again=1"
    ixiamen.people["ying"].enabled = True
    assert (await person.sign_in(back="/h5/privacy")).headers["location"] == "/h5/privacy"


async def test_a_code_that_the_provider_refuses_makes_no_session(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    back = await person.at_provider(await person.to_provider())
    ixiamen.codes.clear()
    assert "again=1" in (await person.http.get(back)).headers["location"]
    assert person.cookies("egret_page") == []


async def test_a_provider_that_is_down_is_named_and_the_address_works_once_it_is_back(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    ixiamen.down = True
    page = await person.http.get("/h5/oidc/ixiamen?back=/h5/records")
    assert (page.status_code, page.headers["retry-after"]) == (503, "60")
    assert "i厦门现在没有告诉我们您是谁" in page.text
    ixiamen.down = False
    back = await person.at_provider(await person.to_provider("/h5/records"))
    ixiamen.down = True
    assert (await person.http.get(back)).status_code == 503
    ixiamen.down = False
    assert (await person.http.get(back)).headers["location"] == "/h5/records"


async def test_a_provider_that_answers_late_is_no_fault_of_the_person(
    world: World, ixiamen: CityProvider, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = await person.at_provider(await person.to_provider("/h5/records"))
    ixiamen.slow = asyncio.Event()
    with monkeypatch.context() as patched:
        patched.setattr("server.auth.oidc.provider._SECONDS", 0.05)
        assert (await person.http.get(back)).status_code == 503
    ixiamen.slow = None
    assert (await person.http.get(back)).headers["location"] == "/h5/records"


@pytest.mark.parametrize(
    ("claim", "value"),
    [("iss", "https://login.efuzhou.example/city"), ("nonce", "another"), ("aud", "egret-efuzhou"), ("exp", 1)],
)
async def test_an_id_token_that_is_not_right_makes_no_session(
    world: World, ixiamen: CityProvider, person: Person, claim: str, value: str | int
) -> None:
    ixiamen.forge = lambda claims: ixiamen.sign({**claims, claim: value})
    assert "again=1" in (await person.sign_in()).headers["location"]
    assert person.cookies("egret_page") == []


async def test_userinfo_of_another_person_makes_no_session(world: World, ixiamen: CityProvider, person: Person) -> None:
    ixiamen.answers["userinfo"] = JSONResponse({"sub": "sub-somebody", **VERIFIED})
    assert "again=1" in (await person.sign_in()).headers["location"]


async def test_a_provider_that_nobody_set_leads_to_those_that_are(world: World, person: Person) -> None:
    for path in ("/h5/oidc/nobody", "/h5/oidc/nobody/callback?state=s&code=c"):
        answer = await person.http.get(path)
        assert answer.headers["location"].startswith("/h5/sign-in?back=/h5/")


async def test_a_verified_person_binds_by_phone_and_consent_alone(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    await world.register(YING)
    ixiamen.people["ying"].claims = VERIFIED
    await person.sign_in()
    form = await person.open("/h5/bind")
    assert 'name="id_number"' not in form.text
    assert 'name="name"' not in form.text
    assert YING.id_number not in form.text
    code = await person.send(form, form.url.path, phone=YING.phone, consent="2026-1")
    assert "验证码已发送" in code.text
    done = await person.send(code, code.url.path, code=await world.last_code())
    assert "绑定成功" in done.text
    assert 'aria-label="茉莉分 500' in done.text


async def test_what_is_typed_never_replaces_what_is_verified(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    await world.register(YING, FAN)
    ixiamen.people["ying"].claims = VERIFIED
    await person.sign_in()
    form = await person.open("/h5/bind")
    typed = {"name": FAN.name, "id_number": FAN.id_number, "phone": YING.phone, "consent": "2026-1"}
    code = await person.send(form, form.url.path, **typed)
    await person.send(code, code.url.path, code=await world.last_code())
    assert await world.container.citizens.find(YING.id_number) is not None
    assert await world.container.citizens.find(FAN.id_number) is None


async def test_an_account_that_is_not_verified_is_asked_for_everything(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    await world.register(YING)
    ixiamen.people["ying"].claims = {**VERIFIED, "level": "L1"}
    await person.sign_in()
    form = await person.open("/h5/bind")
    given = {"name": YING.name, "id_number": YING.id_number, "phone": YING.phone, "consent": "2026-1"}
    code = await person.send(form, form.url.path, **given)
    done = await person.send(code, code.url.path, code=await world.last_code())
    assert "绑定成功" in done.text


async def test_a_verified_person_who_may_not_take_part_is_asked_as_anybody(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    ixiamen.people["ying"].claims = {**VERIFIED, "id_number": "no number"}
    await person.sign_in()
    form = await person.open("/h5/bind")
    assert 'name="id_number"' in form.text


async def test_one_account_of_each_channel_is_the_rule(
    world: World, ixiamen: CityProvider, efuzhou: CityProvider, person: Person
) -> None:
    await enrolled(world, ixiamen)
    efuzhou.employ("ying").claims = VERIFIED
    await person.sign_in(code="efuzhou")
    form = await person.open("/h5/bind")
    code = await person.send(form, form.url.path, phone=YING.phone, consent="2026-1")
    done = await person.send(code, code.url.path, code=await world.last_code())
    assert "您已用另一个登录平台的账号绑定" in done.text


async def test_signing_out_ends_the_session_here_whoever_kept_its_cookie(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    await enrolled(world, ixiamen)
    await person.sign_in()
    (token,) = [cookie.value for cookie in person.http.cookies.jar if cookie.name == "egret_page"]
    page = await person.send(await person.open("/h5/privacy"), "/h5/sign-out")
    assert "您已退出登录" in page.text
    assert person.cookies("egret_page") == []
    person.http.cookies.set("egret_page", token or "", domain="127.0.0.1", path="/h5")
    assert (await person.http.get("/h5/records")).headers["location"].startswith("/h5/sign-in?")
    person.http.cookies.clear()
    assert (await person.sign_in()).headers["location"] == "/h5/"
    assert "违法停车" in (await person.open("/h5/records")).text


async def test_privacy_names_every_account_and_unlinks_this_one(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    await enrolled(world, ixiamen)
    await person.sign_in()
    page = await person.open("/h5/privacy")
    assert "微信公众号" in page.text
    assert "登录平台账号" in page.text
    unlink = await person.open("/h5/privacy/unlink")
    assert "解绑这个账号" in unlink.text
    done = await person.send(unlink, "/h5/privacy/unlink")
    assert "已解绑" in done.text
    (row,) = await world.container.store["citizens"].find({}).to_list(None)
    assert [bound["channel"] for bound in row["contacts"]] == ["wechat"]


async def test_a_form_that_outlived_its_session_is_kept_until_the_person_is_back(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    await enrolled(world, ixiamen)
    await person.sign_in(back="/h5/privacy/leave")
    page = await person.open("/h5/records")
    (link,) = set(re.findall(r'href="(/h5/records/[\w-]+)"', page.text))
    form = await person.open(link)
    world.clock.advance(minutes=31)
    sent = await person.send(form, link, reason="NOT_MINE", words="那天车借给了别人")
    assert sent.url.path == "/h5/sign-in"
    await person.sign_in(back=link)
    assert "那天车借给了别人" in (await person.open(link)).text


async def test_notices_go_to_the_chat_alone_and_the_export_names_the_channel(
    world: World, ixiamen: CityProvider, person: Person
) -> None:
    await enrolled(world, ixiamen)
    await person.sign_in()
    citizen = await world.container.citizens.principal_of(
        (await world.container.contacts.enter("app", f"{ixiamen.issuer}|sub-ying")).contact
    )
    assert citizen.kind is Kind.CITIZEN
    held = await world.export(citizen)
    assert sorted(account["channel"] for account in held["accounts"]) == ["app", "wechat"]
    await world.deliver_outbox()
    assert await world.container.store["outbox"].count_documents({"done": False}) == 0


async def test_it_works_as_a_city_runs_it(
    world: World, ixiamen: CityProvider, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.container.settings, "demo", False)
    await enrolled(world, ixiamen)
    page = await person.open("/h5/records")
    assert "/h5/wechat" not in page.text
    assert (await person.http.get("/h5/wechat?back=/h5/records")).headers["location"].startswith("/h5/sign-in?")
    await person.sign_in(back="/h5/records")
    assert "违法停车" in (await person.open("/h5/records")).text
