"""The desk in both languages: every page, word and refusal, and neither language in the other one's desk."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

import server
from bot.phrases import catalogue
from schema.types.figures import DisputeOutcome
from schema.types.principal import Kind
from scoring.disputes import Determination, DisputeAction, DisputeReason, DisputeState, DisputeTopic, Finding
from server.disputes.templates import templates
from tests.support.desk import act, file_dispute, open_case, refusal, send, sign_in
from tests.support.people import YING
from tests.support.world import World

ENGLISH = {"accept-language": "en-GB,en;q=0.8"}
TEMPLATES = Path(server.__file__).parent / "web" / "templates"
PAGES = {
    Kind.AGENT: ("/desk/", "/desk/?part=MINE", "/desk/checks", "/desk/repairs", "/desk/notices", "/desk/looks"),
    Kind.STEWARD: ("/desk/figures", "/desk/steward"),
    Kind.AUDITOR: ("/desk/log", "/desk/looks?part=overdue"),
}
OURS = re.compile(
    r"operator|Egret|English|Ctrl|Enter|egret|[DRT]-[\w-]+|agent|steward|auditor|approver|fuzhou|moli|ID|HTTP"
)
"""Names, keys and numbers that are the same in both languages."""


def words(page: str) -> str:
    """What a person reads on a page, without code, without what was typed, and without the language switch."""
    page = re.sub(
        r"<(script|style|code|kbd|textarea|option)\b.*?</\1>|<a class=\"language\".*?</a>",
        " ",
        page,
        flags=re.DOTALL,
    )
    labels = " ".join(re.findall(r'(?:placeholder|aria-label|alt)="([^"]*)"', page))
    return unescape(re.sub(r"<[^>]*>", " ", page) + " " + labels)


def test_every_word_of_the_desk_stands_in_the_catalogues() -> None:
    known = catalogue("zh").keys()
    said = {
        key for path in TEMPLATES.glob("*.html") for key in re.findall(r'"(desk\.[\w.-]+)"', path.read_text("utf-8"))
    }
    assert len(said) > 200
    assert {key for key in said if not key.endswith((".", "_", ".js", ".html"))} <= known
    for prefix, values in (
        ("state", DisputeState),
        ("topic", DisputeTopic),
        ("reason", DisputeReason),
        ("finding", Finding),
        ("determination", Determination),
        ("did", DisputeAction),
        ("outcome", DisputeOutcome),
    ):
        assert {f"desk.{prefix}.{value.value}" for value in values} <= known, prefix


def test_a_template_has_a_name_in_both_languages() -> None:
    for template in templates():
        assert re.search("[一-鿿]", template.name.zh)
        assert not re.search("[一-鿿]", template.name.en)
        assert not re.search("[一-鿿]", template.means)
        assert template.means.count("[") == template.text.count("【"), "every gap is in it"


@pytest.mark.parametrize("kind", PAGES)
async def test_the_chinese_desk_has_no_english_in_it(world: World, kind: Kind) -> None:
    await file_dispute(world)
    await sign_in(world, kind.value, kind)
    for address in PAGES[kind]:
        said = OURS.sub("", words((await world.http.get(address)).text))
        assert re.findall("[A-Za-z]{3,}", said) == [], address


@pytest.mark.parametrize("kind", PAGES)
async def test_the_english_desk_has_no_chinese_in_it(world: World, kind: Kind) -> None:
    await file_dispute(world)
    await sign_in(world, kind.value, kind)
    for address in PAGES[kind]:
        page = (await world.http.get(address, headers=ENGLISH)).text
        assert '<html lang="en">' in page
        said = words(re.sub(r'<span class="meta" lang="zh-CN">.*?</span>', "", page))
        assert re.findall("[一-鿿]+", said) == [], address


async def test_a_case_in_english(world: World) -> None:
    url = await open_case(world)
    page = words((await world.http.get(url, headers=ENGLISH)).text)
    for part in (
        "In progress",
        "Working days left: 5",
        "Effect on the score",
        "Held by me",
        "Send, then the next case",
    ):
        assert part in page, part
    for template in templates():
        if template.outcome in ("DELETED", "UPHELD"):
            assert template.means in page
    assert "Road Traffic Safety Law, articles 93 and 109" in page
    said = page.replace("不是我的车", "")
    legal = "中华人民共和国道路交通安全法"
    found = [one for one in re.findall("[一-鿿]+", said) if one not in legal and YING.name[0] not in one]
    assert len(found) <= 6, f"the citizen's words and the law alone are Chinese: {found}"


async def test_a_refusal_is_in_the_language_of_who_reads_it(world: World) -> None:
    url = await open_case(world)
    assert "请选择处理意见。" in (await refusal(world, url, "decide", explanation="过户单属实")).text
    await send(world, url, "decide", explanation="过户单属实")
    assert "Choose an outcome." in (await world.http.get(url, headers=ENGLISH)).text
    for path, sentence in (("/desk/log", "Your role cannot see this page."), ("/desk/cases/nope", "no such page")):
        assert sentence in (await world.http.get(path, headers=ENGLISH)).text


async def test_a_language_that_was_chosen_stays(world: World) -> None:
    await sign_in(world, "agent", Kind.AGENT)
    assert "待领取" in (await world.http.get("/desk/")).text
    switch = re.search(r'<a class="language" href="([^"]*)"', (await world.http.get("/desk/?part=MINE")).text)
    assert switch is not None
    assert "To claim" in (await world.http.get("/desk/" + unescape(switch[1]))).text
    assert "To claim" in (await world.http.get("/desk/")).text, "this browser goes on in English"
    assert "there is no" in (await world.http.get("/desk/nowhere", headers={"accept": "text/html"})).text.lower()
    assert "待领取" in (await world.http.get("/desk/?lang=zh", headers=ENGLISH)).text
    assert "待领取" in (await world.http.get("/desk/", headers=ENGLISH)).text


async def test_the_sign_in_page_is_in_both_languages(world: World) -> None:
    assert "密码" in (await world.http.get("/desk/sign-in")).text
    assert "Password" in (await world.http.get("/desk/sign-in", headers=ENGLISH)).text
    wrong = await world.http.post("/desk/sign-in", data={"account": "x", "password": "y"}, headers=ENGLISH)
    assert wrong.status_code == 401
    assert not re.search("[一-鿿]", words(wrong.text))


async def test_the_words_for_taking_a_case_do_not_contradict(world: World) -> None:
    await file_dispute(world)
    await sign_in(world, "agent", Kind.AGENT)
    queue = (await world.http.get("/desk/?part=UNASSIGNED")).text
    url = re.search(r'href="(/desk/cases/[^"]+)"', queue)[1]  # type: ignore[index]
    page = (await world.http.get(url)).text
    for word in ("待受理", "已受理", ">受理<"):
        assert word not in queue + page
    assert ">领取</button>" in page
    await act(world, url, "claim")
    assert "办理中" in (await world.http.get(url)).text


async def test_figures_of_which_there_are_none_are_said_in_words(world: World) -> None:
    await sign_in(world, "steward", Kind.STEWARD)
    page = words((await world.http.get("/desk/figures")).text)
    for said in ("还没有人用过优惠。", "最近没有修复申请。", "还没有办结的记录异议", "还没有全市重算"):
        assert said in page, said
    assert "还没有单位报送过记录。" in words((await world.http.get("/desk/steward")).text)
