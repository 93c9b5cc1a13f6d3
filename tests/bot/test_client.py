"""The WeChat API client: tokens are shared, renewed once, and final errors are final."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import httpx
import pytest

from bot.wechat.client import App, Fetch, WeChatClient
from bot.wechat.faults import FAULTS, TOKEN_FAULTS, WeChatApiError
from bot.wechat.menu import menu, published, read_published

ACCOUNT, MINI = App("wx1", "secret"), App("wx2", "secret of the mini-program")


class Platform:
    """Answers like the WeChat API."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.tokens = 0
        self.sent: list[dict[str, Any]] = []
        self.menus: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("stable_token"):
            self.tokens += 1
            return httpx.Response(200, json={"access_token": f"t{self.tokens}", "expires_in": 7200})
        if request.url.path.endswith("jscode2session"):
            asked = request.url.params
            assert (asked["appid"], asked["secret"]) == MINI
            good = asked["js_code"] == "good"
            return httpx.Response(200, json={"openid": "o1"} if good else {"errcode": 40029})
        if request.url.path.endswith("menu/get"):
            return httpx.Response(200, json={"errcode": 46003} if not self.menus else {"menu": self.menus[-1]})
        if request.url.path.endswith("menu/create"):
            self.menus.append(json.loads(request.content))
            return httpx.Response(200, json={"errcode": 0})
        self.sent.append({"token": request.url.params["access_token"], **json.loads(request.content)})
        code = self.codes.pop(0) if self.codes else 0
        return httpx.Response(200, json={"errcode": code})


class Tokens:
    """A token of this process alone."""

    def __init__(self) -> None:
        self.known = ""

    async def current(self, fetch: Fetch, stale: str | None = None) -> str:
        if self.known in ("", stale):
            self.known, _ = await fetch()
        return self.known


def client(platform: Platform) -> WeChatClient:
    http = httpx.AsyncClient(transport=httpx.MockTransport(platform))
    return WeChatClient(http, "https://wechat.test", "https://open.test", Tokens(), account=ACCOUNT, mini_program=MINI)


async def test_one_token_serves_many_messages() -> None:
    platform = Platform()
    wechat = client(platform)
    for n in range(3):
        await wechat.send_text("o1", "您好", f"m{n}")
    assert platform.tokens == 1
    assert platform.sent[0]["client_msg_id"] == "m0"


async def test_a_menu_is_sent_as_the_platform_has_it() -> None:
    platform = Platform()
    await client(platform).send_menu("o1", "请选一项：", [("a.b.01234567.1", "同意")], "5 其他", "m-menu")
    (sent,) = platform.sent
    assert (sent["msgtype"], sent["client_msg_id"]) == ("msgmenu", "m-menu")
    assert sent["msgmenu"] == {
        "head_content": "请选一项：",
        "list": [{"id": "a.b.01234567.1", "content": "同意"}],
        "tail_content": "5 其他",
    }


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_stale_token_is_renewed_once(code: int) -> None:
    platform = Platform(code)
    await client(platform).send_text("o1", "您好", "m")
    assert [s["token"] for s in platform.sent] == ["t1", "t2"]


async def test_a_busy_platform_is_tried_again() -> None:
    platform = Platform(-1)
    await client(platform).send_text("o1", "您好", "m")
    assert len(platform.sent) == 2


@pytest.mark.parametrize(("code", "final"), [(45015, False), (43004, True), (45011, False)])
async def test_other_errors_say_whether_another_try_can_help(code: int, final: bool) -> None:
    with pytest.raises(WeChatApiError) as caught:
        await client(Platform(code)).send_text("o1", "您好", "m")
    assert caught.value.is_final is final


@pytest.mark.parametrize(
    ("code", "quota"), [(n, True) for n in (45015, 45047, 48001, 48002, 48004, 48008, 50002, 50005)] + [(43004, False)]
)
async def test_a_used_up_quota_waits_for_the_person(code: int, quota: bool) -> None:
    with pytest.raises(WeChatApiError) as caught:
        await client(Platform(code)).send_text("o1", "您好", "m")
    assert caught.value.is_closed is quota


async def test_login_codes_give_an_openid_or_nothing() -> None:
    wechat = client(Platform())
    assert await wechat.account_of("good") == ("o1", None)
    assert await wechat.account_of("bad") is None


@pytest.mark.parametrize(("answer", "union"), [({"unionid": "u1"}, "u1"), ({"unionid": "u" * 129}, None), ({}, None)])
async def test_a_unionid_is_told_where_there_is_one(answer: Any, union: str | None) -> None:
    wechat, _ = answering("/sns/jscode2session", httpx.Response(200, json={"openid": "o1", **answer}))
    assert await wechat.account_of("code") == ("o1", union)
    wechat, asked = answering("/cgi-bin/user/info", httpx.Response(200, json={"openid": "o1", **answer}))
    assert await wechat.union_of("o1") == union
    assert asked[0].url.params["openid"] == "o1"


async def test_without_a_mini_program_nobody_signs_in_by_one() -> None:
    def nothing(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"{request.url} was asked")

    http = httpx.AsyncClient(transport=httpx.MockTransport(nothing))
    wechat = WeChatClient(http, "https://w.test", "https://o.test", Tokens(), account=ACCOUNT, mini_program=None)
    assert await wechat.account_of("good") is None


async def test_a_menu_that_is_not_there_is_empty_and_a_published_one_comes_back() -> None:
    wechat = client(Platform())
    assert await wechat.menu() == {}
    await wechat.publish_menu(published(menu()))
    assert read_published(await wechat.menu()) == menu()


def answering(
    path: str, answer: httpx.Response | Exception, *then: httpx.Response
) -> tuple[WeChatClient, list[httpx.Request]]:
    """A client of a platform that knows one call, and what comes of it; the last answer comes again and again."""
    asked: list[httpx.Request] = []
    answers = [answer, *then]

    def platform(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("stable_token"):
            return httpx.Response(200, json={"access_token": "t", "expires_in": 7200})
        assert request.url.path == path
        asked.append(request)
        coming = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(coming, Exception):
            raise coming
        return coming

    http = httpx.AsyncClient(transport=httpx.MockTransport(platform))
    return WeChatClient(
        http, "https://wechat.test", "https://open.test", Tokens(), account=ACCOUNT, mini_program=MINI
    ), asked


@pytest.mark.parametrize(
    ("seconds", "action", "life"),
    [(None, "QR_LIMIT_STR_SCENE", None), (60, "QR_STR_SCENE", 60), (10**9, "QR_STR_SCENE", 2_592_000)],
)
async def test_a_scene_code(seconds: int | None, action: str, life: int | None) -> None:
    wechat, asked = answering("/cgi-bin/qrcode/create", httpx.Response(200, json={"url": "https://q", "ticket": "T"}))
    assert await wechat.scene_code("library", seconds) == "https://q"
    sent = json.loads(asked[0].content)
    assert (sent["action_name"], sent.get("expire_seconds")) == (action, life)
    assert sent["action_info"]["scene"]["scene_str"] == "library"


@pytest.mark.parametrize(
    ("answer", "openid"),
    [({"openid": "o1"}, "o1"), ({"openid": "o1", "is_snapshotuser": 1}, None), ({"openid": "o" * 129}, None)],
)
async def test_a_page_visitor_and_never_a_virtual_one(answer: Any, openid: str | None) -> None:
    wechat, _ = answering("/sns/oauth2/access_token", httpx.Response(200, json=answer))
    assert await wechat.openid_of_page("code") == openid


PATHS = {"account_of": "/sns/jscode2session", "openid_of_page": "/sns/oauth2/access_token"}
logins = pytest.mark.parametrize("login", PATHS)


def code_error(code: int) -> httpx.Response:
    return httpx.Response(200, json={"errcode": code, "errmsg": "said by the platform, rid: 6a-secret"})


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.wechat.client._PAUSE_SECONDS", 0)


@logins
@pytest.mark.parametrize("code", [40029, 40163, 41008, 42003, 40226])
async def test_a_code_that_is_wrong_used_or_too_old_is_nobodys(login: str, code: int) -> None:
    wechat, asked = answering(PATHS[login], code_error(code))
    assert await getattr(wechat, login)("code") is None
    assert len(asked) == 1


@pytest.mark.parametrize("answer", [code_error(48001), httpx.Response(502), httpx.ReadTimeout("late")])
async def test_a_unionid_that_is_not_told_is_none(answer: Any) -> None:
    wechat, _ = answering("/cgi-bin/user/info", answer)
    assert await wechat.union_of("o1") is None


@logins
@pytest.mark.parametrize("code", [40001, 40013, 40125, 40164, 45011, 48001, 99999])
async def test_what_is_ours_or_the_platforms_is_not_blamed_on_the_code(login: str, code: int) -> None:
    wechat, asked = answering(PATHS[login], code_error(code))
    with pytest.raises(WeChatApiError) as failed:
        await getattr(wechat, login)("code")
    assert failed.value.code == code
    assert len(asked) == 1


@logins
async def test_a_busy_platform_is_asked_once_more_who_someone_is(login: str) -> None:
    wechat, asked = answering(PATHS[login], code_error(-1), httpx.Response(200, json={"openid": "o1"}))
    assert await getattr(wechat, login)("code") in ("o1", ("o1", None)), "asked for the unionid, or not"
    assert len(asked) == 2


@logins
async def test_one_that_stays_busy_is_asked_no_third_time(login: str) -> None:
    wechat, asked = answering(PATHS[login], code_error(-1))
    with pytest.raises(WeChatApiError) as failed:
        await getattr(wechat, login)("code")
    assert (failed.value.code, len(asked)) == (-1, 2)


@logins
@pytest.mark.parametrize(
    "answer",
    [
        *(httpx.ConnectError("?secret=secret"), httpx.ReadTimeout("?secret=secret")),
        *(httpx.Response(502, html="<html>"), httpx.Response(200, content=b"\xff"), httpx.Response(200, json=[])),
        *(httpx.Response(200, json={}), httpx.Response(200, json={"errcode": "odd"})),
    ],
    ids=["no connection", "silence", "a proxy's page", "no text", "a list", "nothing", "no number"],
)
async def test_what_is_no_answer_is_a_busy_platform(login: str, answer: httpx.Response | Exception) -> None:
    wechat, _ = answering(PATHS[login], answer)
    with pytest.raises(WeChatApiError) as failed:
        await getattr(wechat, login)("code")
    assert failed.value.code == -1


async def test_after_a_silence_the_code_may_be_used_up_so_it_is_not_sent_again() -> None:
    wechat, asked = answering(PATHS["account_of"], httpx.ReadTimeout("late"))
    with pytest.raises(WeChatApiError):
        await wechat.account_of("code")
    assert len(asked) == 1


@logins
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (code_error(40125), "a login failed: WeChat errcode 40125: the AppSecret is wrong"),
        (code_error(45011), "a login failed: WeChat errcode 45011: too many calls this minute"),
        (code_error(40226), "a login was refused: WeChat errcode 40226: the platform blocks this person's login"),
        (httpx.ConnectError("?secret=secret"), "the platform is busy; tried again later (ConnectError)"),
    ],
)
async def test_operators_read_once_why_and_nothing_more(
    caplog: pytest.LogCaptureFixture, login: str, answer: httpx.Response | Exception, told: str
) -> None:
    wechat, _ = answering(PATHS[login], answer)
    with contextlib.suppress(WeChatApiError):
        await getattr(wechat, login)("the-code")
    (line,) = (record.getMessage() for record in caplog.records if record.name == "egret.wechat")
    assert told in line
    assert not any(secret in line for secret in ("secret=", "the-code", "wx1"))


async def test_a_code_that_is_refused_is_nothing_for_operators(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    wechat, _ = answering(PATHS["account_of"], code_error(40029))
    await wechat.account_of("code")
    assert not [record for record in caplog.records if record.name == "egret.wechat"]


@pytest.mark.parametrize("answer", [httpx.Response(502, html="<html>"), httpx.Response(200, json={"errcode": None})])
async def test_a_message_that_got_no_answer_is_tried_again_later(answer: httpx.Response) -> None:
    wechat, _ = answering("/cgi-bin/message/custom/send", answer)
    with pytest.raises(WeChatApiError) as failed:
        await wechat.send_text("o1", "您好", "m")
    assert not failed.value.is_final


def test_the_address_of_a_login_names_no_secret() -> None:
    wechat, _ = answering("/", httpx.Response(200))
    url = httpx.URL(wechat.authorize_url("https://egret.test/h5/login", "s"))
    assert (url.host, url.params["scope"], url.params["state"]) == ("open.test", "snsapi_base", "s")
    assert url.params["redirect_uri"] == "https://egret.test/h5/login"
    assert url.fragment == "wechat_redirect"
    assert "secret" not in str(url)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(200, json={"errcode": 40007}), 40007),
        (httpx.Response(200, json={}), -1),
        (httpx.Response(200, html="<html>"), -1),
        (httpx.Response(200, content=bytes(10 * 1024 * 1024 + 1), headers={"content-type": "image/jpeg"}), 45001),
    ],
)
async def test_media_that_does_not_come(answer: httpx.Response, code: int) -> None:
    wechat, _ = answering("/cgi-bin/media/get", answer)
    with pytest.raises(WeChatApiError) as refused:
        await wechat.media("m")
    assert refused.value.code == code


async def test_media_that_comes() -> None:
    answer = httpx.Response(200, content=b"photo", headers={"content-type": "image/jpeg"})
    assert await answering("/cgi-bin/media/get", answer)[0].media("m") == b"photo"


DOCUMENTED = (
    *(-1, 40001, 40014, 42001, 40003, 40029, 40163, 43004, 43019, 43101),
    *(40033, 40036, 40165, 41030, 43104, 43107, 43108, 43116, 44004, 45168, 47001, 47003, 48002, 48004, 48008),
    *(40002, 40013, 40243, 41002, 41004, 43002, 50002, 50003, 50005, 50007, 89503, 89506, 89507),
    *(40054, 40055, 46003, 40053, 40007, 45001),
    *(45002, 45008, 45009, 45011, 45015, 45047, 48001, 40164, 40125, 40226, 41008, 42003),
)


@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_documented_code_says_what_it_means(code: int) -> None:
    assert FAULTS[code].meaning in str(WeChatApiError(code))


@pytest.mark.parametrize("code", [43101, 45015, 45047, 45009, 45011, -1])
def test_what_may_help_later_is_not_final(code: int) -> None:
    assert not WeChatApiError(code).is_final
    assert WeChatApiError(code).needs_consent == (code == 43101)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("require subscribe rid: 6a1-2b", "require subscribe rid: 6a1-2b"),
        ("invalid openid oABCDEFGHIJKLMNOPQRSTUVWXYZ12", "invalid openid …"),
        ("argument invalid! data.thing1.value invalid 张三在家", "argument invalid! data.thing1.…"),
        ("phone 13800001234 \x1b[31m\nsecond line", "phone … [31m second line"),
        ("x " * 500, "x " * 99 + "x"),
        (None, ""),
        (7, ""),
    ],
)
def test_what_the_platform_says_is_in_the_log_without_what_is_personal(said: object, read: str) -> None:
    told = str(WeChatApiError(43004, said))
    assert told == f"WeChat errcode 43004: {FAULTS[43004].meaning}" + (f" ({read})" if read else "")


async def test_the_platforms_words_come_along_with_its_code() -> None:
    wechat, _ = answering("/cgi-bin/message/custom/send", code_error(45015))
    with pytest.raises(WeChatApiError, match="said by the platform"):
        await wechat.send_text("o-1", "text", "1")


FOLLOWS = {
    48002: "closed",
    48004: "closed",
    48008: "closed",
    50002: "closed",
    50005: "closed",
    40003: "final",
    43004: "final",
    43101: "consent",
    45015: "until written",
    45047: "until written",
    45009: "passing",
    42001: "token",
    40001: "token",
}


@pytest.mark.parametrize(("code", "then"), FOLLOWS.items())
def test_each_code_of_a_message_has_a_meaning_of_its_own_and_one_thing_that_follows(code: int, then: str) -> None:
    error = WeChatApiError(code, "said by the platform")
    assert str(error) == f"WeChat errcode {code}: {FAULTS[code].meaning} (said by the platform)"
    assert [fault.meaning for fault in FAULTS.values()].count(error.meaning) == 1
    assert FAULTS[code].then == {then}
    follows = {
        "closed": error.is_closed and not error.needs_person,
        "until written": error.is_closed and error.needs_person,
        "final": error.is_final,
        "consent": error.needs_consent,
        "passing": error.is_passing,
        "token": code in TOKEN_FAULTS,
    }
    assert [name for name, is_so in follows.items() if is_so] == [then]
