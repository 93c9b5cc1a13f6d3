"""Forms never lose what was typed: not with the session, not by a refusal, not by too many photos; at each door."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from schema.types.principal import Caller, Kind
from scoring.disputes import PHOTOS_MAX, Determination
from server.web.forms import FILES_BYTES
from tests.support.desk import act, after, fields, open_case, refusal, sign_in
from tests.support.pages import Browser, hidden, links
from tests.support.people import FAN, YING, record
from tests.support.photos import photo
from tests.support.world import World

PARKING = record("traffic.illegal-parking", "2026-09-02", "P-1")
WORDS = "这辆车八月已经卖了，\n有过户单 <b>&amp;。"
PHOTO = {"files": ("a.jpg", photo(), "image/jpeg")}


async def visitor(world: World) -> Browser:
    await world.enrol(YING, PARKING)
    browser = Browser(world)
    await browser.log_in()
    return browser


async def dispute_form(browser: Browser) -> tuple[httpx.Response, str, dict[str, str]]:
    """The page of the only record, its address, and a filled-in form."""
    (address,) = links(await browser.open("/h5/records"), "/h5/records/")
    page = await browser.open(address)
    return page, address, hidden(page, address) | {"reason": "NOT_MINE", "words": WORDS, "step": "file"}


def typed(page: httpx.Response) -> str:
    """What stands in the field for words."""
    found = re.search(r'<textarea[^>]*name="words"[^>]*>([^<]*)</textarea>', page.text)
    assert found is not None, page.text
    return unescape(found[1])


# Sessions that end while somebody writes


async def test_a_form_that_was_sent_after_its_session_keeps_words_and_photos_through_the_sign_in(world: World) -> None:
    browser = await visitor(world)
    _, address, form = await dispute_form(browser)
    world.clock.advance(minutes=31)
    back = await browser.post(address, form, PHOTO)
    assert back.url.path == address, "WeChat said who it is, and the page is there again"
    assert typed(back) == WORDS
    assert 'value="NOT_MINE" required checked>' in back.text
    assert "还没有提交" in back.text
    assert "已收到 1 张" in back.text
    assert await world.container.store["disputes"].count_documents({}) == 0
    done = await browser.send(back, address, reason="NOT_MINE", words=WORDS, step="file")
    assert "已受理，编号 D-2026-000001" in done.text
    assert await world.container.store["evidence"].count_documents({"dispute": {"$ne": None}}) == 1
    assert await world.container.store["drafts"].count_documents({}) == 0


@pytest.mark.parametrize("agreed", [True, False])
async def test_a_binding_form_that_was_sent_after_its_session_is_kept_where_its_person_agreed(
    world: World, agreed: bool
) -> None:
    await world.register(YING)
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open("/h5/bind")
    world.clock.advance(minutes=10)
    world.http.cookies.delete("egret_page")
    sent = hidden(page, page.url.path) | {"name": YING.name, "id_number": YING.id_number, "phone": YING.phone}
    sent |= {"consent": "2026-1"} if agreed else {}
    back = await browser.post(page.url.path, sent)
    assert back.url.path == page.url.path
    for value in (YING.name, YING.id_number, YING.phone):
        assert (f'value="{value}"' in back.text) == agreed


async def test_a_button_without_words_comes_back_to_its_page(world: World) -> None:
    browser = await visitor(world)
    page = await browser.open("/h5/privacy")
    fields_of = hidden(page, "/h5/privacy/data")
    world.clock.advance(minutes=31)
    assert (await browser.post("/h5/privacy/data", fields_of)).url.path == "/h5/privacy"


async def test_a_form_of_a_page_that_is_older_than_the_session_is_taken(world: World) -> None:
    browser = await visitor(world)
    _, address, form = await dispute_form(browser)
    world.clock.advance(minutes=31)
    await browser.open("/h5/")  # signed in again, in another tab
    assert "已受理" in (await browser.post(address, form)).text


async def test_a_form_that_is_older_than_a_day_gives_its_words_back(world: World) -> None:
    browser = await visitor(world)
    _, address, form = await dispute_form(browser)
    world.clock.advance(hours=25)
    stale = await browser.post(address, form, PHOTO)
    assert stale.status_code == 403
    assert WORDS in unescape(stale.text)
    assert await world.container.store["evidence"].count_documents({}) == 0
    assert await world.container.store["drafts"].count_documents({}) == 0


async def test_the_next_person_at_this_telephone_sees_nothing_of_it(world: World) -> None:
    browser = await visitor(world)
    _, address, form = await dispute_form(browser)
    await browser.post(address, form | {"words": ""})
    await world.enrol(FAN, openid="o-fan")
    world.http.cookies.delete("egret_page")
    world.http.cookies.delete("sim-openid")
    world.http.cookies.set("sim-openid", "o-fan", domain="127.0.0.1")
    other = await browser.open(address)
    assert other.status_code == 404
    assert "这辆车" not in other.text
    sent = await browser.post(address, form)
    assert sent.status_code == 403, "nor can the form of one person be sent by another"


async def test_nothing_is_kept_for_who_has_no_page_of_ours(world: World) -> None:
    await world.enrol(YING, PARKING)
    for csrf in ("", "x", "0" * 200):
        form = {"csrf": csrf, "key": "0" * 32, "words": WORDS}
        answer = await world.http.post("/h5/records/x", data=form, files=PHOTO)
        assert answer.status_code == 403
    assert await world.container.store["drafts"].count_documents({}) == 0
    assert await world.container.store["evidence"].count_documents({}) == 0


@pytest.mark.parametrize("again", ["agent", "second"])
async def test_a_text_of_the_desk_outlives_its_session_for_its_author_alone(world: World, again: str) -> None:
    url = await open_case(world)
    given = {**await fields(world, url), "question": WORDS}
    world.clock.advance(hours=9)
    sent = await world.http.post(f"{url}/ask", data=given)
    assert sent.headers["location"] == "/desk/sign-in"
    if again == "second":
        await world.hire("second", Kind.AGENT)
    answer = await world.http.post("/desk/sign-in", data={"account": again, "password": again * 2})
    assert answer.headers["location"] == url, "back to the case"
    page = (await world.http.get(url)).text
    assert (WORDS in unescape(page)) == (again == "agent")
    if again == "agent":
        assert re.search(r'<form id="form-ask"[^>]* data-kept>', page)
        assert "没有提交" in page


async def test_who_signs_in_at_the_desk_comes_to_the_page_they_wanted(world: World) -> None:
    url = await open_case(world)
    world.http.cookies.clear()
    assert (await world.http.get(url)).headers["location"] == "/desk/sign-in"
    answer = await world.http.post("/desk/sign-in", data={"account": "agent", "password": "agentagent"})
    assert answer.headers["location"] == url


@pytest.mark.parametrize(
    "back", ["https://evil.example/desk/", "//evil.example", "/h5/", "/desk/../h5", "/desk/x?y=//z"]
)
async def test_signing_in_leads_nowhere_else(world: World, back: str) -> None:
    await world.hire("agent", Kind.AGENT)
    world.http.cookies.set("egret_desk_back", back, domain="127.0.0.1")
    answer = await world.http.post("/desk/sign-in", data={"account": "agent", "password": "agentagent"})
    assert answer.headers["location"] == "/desk/"


# What is wrong


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("files", "zh", "en"),
    [
        (
            [("files", (f"{n}.jpg", photo(), "image/jpeg")) for n in range(PHOTOS_MAX + 1)],
            f"最多{PHOTOS_MAX}张",
            f"{PHOTOS_MAX} photos at most",
        ),
        ([("files", ("a.jpg", b"x" * (FILES_BYTES + 2**20), "image/jpeg"))], "超过 26MB", "more than 26 MB"),
        ([("files", ("a.txt", b"not a photo", "image/jpeg"))], "打不开", "cannot be opened"),
        (
            [("files", (f"{n}.jpg", b"x" * 2**20, "image/jpeg")) for n in range(27)],
            f"最多{PHOTOS_MAX}张",
            f"{PHOTOS_MAX} photos at most",
        ),
    ],
    ids=["six photos", "27 MB", "no photo", "many"],
)
async def test_files_that_cannot_be_taken_leave_the_words(
    world: World, language: str, files: list[object], zh: str, en: str
) -> None:
    browser = await visitor(world)
    await browser.open(f"/h5/?lang={language}")
    _, address, form = await dispute_form(browser)
    refused = await browser.post(address, form, files)
    assert refused.url.path == address
    assert {"zh": zh, "en": en}[language] in refused.text
    assert typed(refused) == WORDS
    assert await world.container.store["disputes"].count_documents({}) == 0


async def test_too_many_photos_are_told_on_the_page_for_photos_as_well(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    browser = Browser(world)
    await browser.log_in()
    made = await world.container.services.evidence.form(Caller(me, "k"))
    path = httpx.URL(made.url).path
    page = await browser.open(path)
    six = [("files", (f"{n}.jpg", photo(), "image/jpeg")) for n in range(PHOTOS_MAX + 1)]
    refused = await browser.post(path, hidden(page, path), six)
    assert f"最多{PHOTOS_MAX}张" in refused.text
    kept = await browser.post(path, hidden(refused, path), PHOTO)
    assert "已收到 1 张" in kept.text


async def test_line_breaks_of_a_form_count_once(world: World) -> None:
    browser = await visitor(world)
    _, address, form = await dispute_form(browser)
    words = "\r\n".join(["十个字十个字十个字十"] * 46)
    assert len(words.replace("\r\n", "\n")) <= 505 < len(words)
    words = words[: len(words) - 5]
    done = await browser.post(address, form | {"words": words})
    assert "已受理" in done.text
    assert words.replace("\r\n", "\n") in unescape(done.text)


@pytest.mark.parametrize("reason", ["", "NONSENSE", "OTHER ", "other"])
async def test_a_dispute_without_a_reason_is_asked_for_one(world: World, reason: str) -> None:
    browser = await visitor(world)
    _, address, form = await dispute_form(browser)
    refused = await browser.post(address, form | {"reason": reason})
    if reason.strip() == "OTHER":
        assert "已受理" in refused.text
        return
    assert "请先选一个原因" in refused.text
    assert typed(refused) == WORDS
    assert await world.container.store["disputes"].count_documents({}) == 0


async def test_where_the_form_is_gone_meanwhile_its_words_can_be_copied(world: World) -> None:
    browser = await visitor(world)
    _, address, form = await dispute_form(browser)
    page = await browser.post(address, form)
    agent, service = await world.hire("agent", Kind.AGENT), world.container.services.desk
    (row,) = await world.container.store["disputes"].find({}).to_list(None)
    case = await service.claim(Caller(agent), row["_id"])
    await service.ask_citizen(Caller(agent), row["_id"], case.revision, "请提供过户单的日期")
    action = f"{page.url.path}/supply"
    supplied = hidden(await browser.open(page.url.path), action) | {"words": WORDS, "step": "send"}
    asked = await world.container.store["disputes"].find_one({})
    assert asked is not None
    await service.decide(Caller(agent), row["_id"], asked["revision"], Determination.UPHELD, "照片显示车仍登记在您名下")
    late = await browser.post(action, supplied)
    assert late.url.path == page.url.path
    assert 'role="alert"' in late.text
    assert re.search(r"<textarea[^>]* readonly[^>]*>([^<]*)<", late.text)
    assert WORDS in unescape(late.text)


# Back and Reload


async def test_reload_after_a_refusal_sends_nothing(world: World) -> None:
    browser = await visitor(world)
    _, address, form = await dispute_form(browser)
    answer = await world.http.post(address, data=form | {"words": ""})
    assert answer.status_code == 303
    assert answer.headers["location"].partition("#")[0] == address
    first, second = await browser.open(address), await browser.open(address)
    assert 'role="alert"' in first.text
    assert 'role="alert"' not in second.text
    assert 'value="NOT_MINE" required checked>' in second.text


async def test_a_refusal_of_the_desk_stands_at_its_field(world: World) -> None:
    url = await open_case(world)
    page = await refusal(world, url, "ask", question=" ")
    assert page.url.path == url
    assert re.search(r'<form id="form-ask"[^>]* data-kept>', page.text)


async def test_a_refusal_at_the_desk_is_not_shown_to_the_next_who_signs_in(world: World) -> None:
    url = await open_case(world)
    await refusal(world, url, "ask", question=WORDS + "长" * 500)
    await world.http.post("/desk/sign-out")
    await sign_in(world, "second", Kind.AGENT)
    assert "这辆车" not in (await after(world, httpx.Response(303, headers={"location": url}))).text


async def test_a_flood_of_forms_is_not_kept_and_loses_no_words(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.platform.core.drafts.MOST_AN_HOUR", 2)
    browser = await visitor(world)
    _, address, form = await dispute_form(browser)
    statuses = [(await world.http.post(address, data=form | {"reason": ""})).status_code for _ in range(2)]
    assert statuses == [303, 303]
    more = await browser.post(address, form | {"reason": ""})
    assert more.status_code == 429
    assert WORDS in unescape(more.text)
    assert "已受理" in (await browser.post(address, form)).text, "what can be taken is taken"


# Several forms, several tabs, other addresses


async def test_each_form_of_a_page_keeps_its_own_words(world: World) -> None:
    url = await open_case(world)
    await refusal(world, url, "decide", explanation=WORDS)
    await refusal(world, url, "extend", explanation="等原单位调档" + "长" * 500)
    await act(world, url, "note", text="打过电话")
    page = unescape((await world.http.get(url)).text)
    assert WORDS in page
    assert "等原单位调档" in page
    assert await world.container.store["drafts"].count_documents({}) == 2


async def test_what_was_changed_after_it_was_sent_is_refused_and_not_lost(world: World) -> None:
    browser = await visitor(world)
    _, address, form = await dispute_form(browser)
    assert "已受理" in (await browser.post(address, form)).text
    changed = await browser.post(address, form | {"words": "又想起一件事：发票也在"})
    assert changed.url.path == address
    assert 'role="alert"' in changed.text
    assert "又想起一件事：发票也在" in unescape(changed.text)
    assert await world.container.store["disputes"].count_documents({}) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/h5/records/案",
        "/h5/benefits/案",
        "/h5/bind/案",
        "/desk/cases/案",
        "/desk/cases/😀/letter",
        "/h5/records/a;b=c",
    ],
)
async def test_an_address_in_any_script_leads_to_the_sign_in(world: World, path: str) -> None:
    answer = await world.http.get(path)
    assert answer.status_code == 303
    for cookie in answer.headers.get_list("set-cookie"):
        assert cookie.isascii()
        assert "b=c" not in cookie


async def test_a_search_from_a_page_with_any_address_sets_no_other_cookie(world: World) -> None:
    await sign_in(world, "agent", Kind.AGENT)
    page = await world.http.get("/desk/cases/案; HttpOnly; Domain=example")
    csrf = re.search('name="csrf" value="([^"]*)"', page.text)
    assert csrf is not None
    answer = await world.http.post("/desk/cases/x/note", data={"csrf": csrf[1], "text": "长" * 600})
    assert answer.status_code == 303
    for cookie in answer.headers.get_list("set-cookie"):
        names = [part.strip().partition("=")[0].lower() for part in cookie.split(";")][1:]
        assert set(names) <= {"httponly", "path", "samesite", "max-age", "expires"}


async def test_a_lone_carriage_return_is_a_line_break(world: World) -> None:
    browser = await visitor(world)
    _, address, form = await dispute_form(browser)
    done = await browser.post(address, form | {"words": "第一行\r第二行"})
    assert "第一行\n第二行" in done.text
