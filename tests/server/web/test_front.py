"""The demo's front page: who, which door, three steps, in both languages; and nothing of it in production."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from server.app import build_app
from server.demo.guide import guide_of
from server.web import front, graphiql
from server.web.front import DOORS, WORDS
from tests.support.people import MOLI
from tests.support.world import World

SECRETS = {f"{role}_password": f"{role}-opens" for role in ("agent", "approver", "steward", "auditor")}
GUIDE = guide_of(MOLI, {**SECRETS, "partner_key": "egp_x"})
CHINESE = re.compile("[\u4e00-\u9fff]+")
CODES = tomllib.loads(Path(front.__file__).with_name("front.toml").read_text("utf-8"))


async def shown(world: World, query: str = "", **headers: str) -> str:
    """The page."""
    world.app.state.guide = GUIDE
    answer = await world.http.get(f"/{query}", headers=headers)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_it_says_who_to_try_who_decides_and_what_each_shows(world: World, language: str) -> None:
    html = await shown(world, f"?lang={language}")
    for person in GUIDE.people:
        assert {person.name, person.id_number, person.phone} <= set(re.findall(r"<t[dh]>(?:<code>)?([^<]+)<", html))
    for account, password in GUIDE.passwords.items():
        assert password in html
        assert WORDS[account].in_language(language) in html
    for key in (GUIDE.partner, GUIDE.source):
        assert key is not None
        assert key.text in html
    assert all(WORDS[f"person_{n}"].in_language(language) in html for n in (1, 2, 3))


async def test_every_door_on_it_opens(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphiql, "installed", lambda: False)
    html = await shown(world, "?lang=en")
    addresses = set(re.findall(r'href="(/[^"]*)"', html))
    assert {address.partition("?")[0] for address in addresses} >= {*DOORS.values()} - {"/graphiql/"}
    assert "/graphiql" not in html
    world.app.state.people = list(GUIDE.people)
    for address in addresses - {"/simulator/token?openid=dev-1"}:
        assert (await world.http.get(address, follow_redirects=True)).status_code in (200, 400), address


async def test_a_browser_gets_its_language_and_may_ask_for_the_other(world: World) -> None:
    assert "Three steps" in await shown(world, **{"accept-language": "en-GB,en;q=0.8"})
    assert "五分钟，三步" in await shown(world, **{"accept-language": "zh-CN,zh;q=0.9"})
    assert "五分钟，三步" in await shown(world, "?lang=zh", **{"accept-language": "en"})


async def test_the_english_page_has_no_chinese_but_names(world: World) -> None:
    html = await shown(world, "?lang=en")
    assert {*CHINESE.findall(html)} == {"中文", *(person.name for person in GUIDE.people)}


@pytest.mark.parametrize("code", [*CODES])
def test_each_sentence_is_in_both_languages(code: str) -> None:
    assert CHINESE.search(WORDS[code].zh) or code == "graphiql"
    assert not CHINESE.search(WORDS[code].en)


async def test_in_production_the_root_is_the_desk(world: World) -> None:
    settings = world.container.settings.model_copy(update={"demo": False})
    object.__setattr__(world.container, "settings", settings)
    (root,) = [route for route in build_app(world.container).routes if getattr(route, "path", None) == "/"]
    assert root.endpoint is not front.front  # type: ignore[attr-defined]
