"""The simulator is the platform: tokens, quotas of size, login codes, pushes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from server.demo.people import ready_people
from server.web.pages import static_text
from server.web.simulator import words
from server.web.simulator.platform import message_xml
from server.web.simulator.words import WORDS, buttons, words_of_script
from tests.support.people import RECORDS, YING
from tests.support.world import Chat, World


async def test_the_page_shows_the_menu_and_the_people(world: World) -> None:
    world.app.state.people = [YING]
    html = (await world.http.get("/simulator/")).text
    assert "茉莉分" in html
    assert YING.id_number in html
    assert "可享权益" in html


async def test_a_wrong_secret_gets_no_token(world: World) -> None:
    body = {"appid": world.container.settings.wechat_app_id, "secret": "guess"}
    answer = await world.http.post("/simulator/api/cgi-bin/stable_token", json=body)
    assert answer.json()["errcode"] == 40125


async def test_a_push_needs_a_token(world: World) -> None:
    answer = await world.http.post(
        "/simulator/api/cgi-bin/message/custom/send?access_token=x",
        json={"touser": "o1", "msgtype": "text", "text": {"content": "x"}},
    )
    assert answer.json()["errcode"] == 40001


async def test_a_push_that_is_too_long_is_refused(world: World) -> None:
    token = world.platform.issue_token(
        world.container.settings.wechat_app_id, world.container.settings.wechat_app_secret.get_secret_value()
    )
    answer = await world.http.post(
        f"/simulator/api/cgi-bin/message/custom/send?access_token={token}",
        json={"touser": "o1", "msgtype": "text", "text": {"content": "长" * 700}},
    )
    assert answer.json()["errcode"] == 45002


@pytest.mark.parametrize(
    "asked", [{}, {"openid": "o1"}, {"openid": "o1", "kind": "bomb"}, {"openid": "o1", "kind": "text", "times": 99}]
)
async def test_what_the_page_cannot_ask(world: World, asked: dict[str, object]) -> None:
    assert (await world.http.post("/simulator/send", json=asked)).status_code == 400


async def test_the_same_message_three_times_is_answered_three_times_alike(world: World) -> None:
    asked = {"openid": "o1", "kind": "text", "content": "帮助", "times": 3}
    results = (await world.http.post("/simulator/send", json=asked)).json()["results"]
    assert len({r["reply"] for r in results}) == 1
    assert all(r["verified"] for r in results)
    row = await world.container.store["conversations"].find_one({})
    assert row is not None
    assert len(row["claims"]) == 1
    assert row["recent"] == []


async def test_voice_is_answered_with_what_is_possible(world: World) -> None:
    assert "听不了语音" in await Chat(world).voice()


async def test_a_login_code_needs_an_openid(world: World) -> None:
    assert (await world.http.get("/simulator/login-code")).status_code == 400
    assert "code" in (await world.http.get("/simulator/login-code?openid=o1")).json()


def test_markup_in_a_message_stays_text() -> None:
    xml = message_xml("gh_1", "o1", "text", "]]><Evil/>", "1", 1)
    assert "<Evil/>" not in xml.replace("]]]]><![CDATA[><Evil/>", "")


async def test_the_simulator_is_not_there_outside_the_demo(world: World) -> None:
    from server.app import build_app

    settings = world.container.settings.model_copy(update={"demo": False})
    object.__setattr__(world.container, "settings", settings)
    paths = {getattr(route, "path", "") for route in build_app(world.container).routes}
    assert "/simulator" not in paths
    assert "/desk" in paths


CHINESE = re.compile("[\u4e00-\u9fff]")
SIMULATOR = Path(words.__file__).parent


def test_each_sentence_of_the_simulator_is_in_both_languages() -> None:
    for code in tomllib.loads((SIMULATOR / "words.toml").read_text("utf-8")):
        assert CHINESE.search(WORDS[code].zh), code
        assert not CHINESE.search(WORDS[code].en), code


def test_the_script_says_nothing_that_is_not_in_its_words() -> None:
    script = static_text("simulator.js")
    assert not CHINESE.search(script)
    named = {*re.findall(r'\bw\("(\w+)"', script), "same", "differ", "plain", "sent", "got", "opened"}
    assert named - {"element"} == {*words_of_script("en")}


def test_every_entry_of_the_menu_says_what_it_means() -> None:
    for button in buttons("en"):
        assert button["means"], button
        assert all(entry["means"] for entry in button["entries"]), button
    assert not any(entry["means"] for button in buttons("zh") for entry in button["entries"])


async def test_in_english_only_the_account_itself_speaks_chinese(world: World) -> None:
    world.app.state.people = ready_people("350199")
    html = (await world.http.get("/simulator/?lang=en")).text
    seen = re.sub(r"<small>.*?</small>|<[^>]*>", "", html)
    account = {world.app.state.account_name, "中文", *(person.name for person in world.app.state.people)}
    account |= {
        named for button in buttons("en") for named in (button["name"], *(e["name"] for e in button["entries"]))
    }
    for known in sorted(account, key=len, reverse=True):
        seen = seen.replace(known, "")
    assert not CHINESE.search(seen)
    assert "Link identity" in html


async def test_a_photo_that_was_sent_can_be_seen_and_nothing_else(world: World) -> None:
    sent = {"content-type": "image/jpeg"}
    kept = (await world.http.post("/simulator/photo", content=b"JPEG", headers=sent)).json()["media_id"]
    seen = await world.http.get("/simulator/photo", params={"media_id": kept})
    assert (seen.content, seen.headers["content-type"]) == (b"JPEG", "image/jpeg")
    page = {"content-type": "text/html"}
    other = (await world.http.post("/simulator/photo", content=b"<p>", headers=page)).json()["media_id"]
    for media_id in (other, "none"):
        assert (await world.http.get("/simulator/photo", params={"media_id": media_id})).status_code == 404


async def test_a_card_has_its_title_and_what_it_says_apart(world: World) -> None:
    await world.enrol(YING, *RECORDS, openid="o1")
    asked = {"openid": "o1", "kind": "text", "content": "查询"}
    (result,) = (await world.http.post("/simulator/send", json=asked)).json()["results"]
    assert result["reply"] == f"{result['title']}\n{result['description']}"
    assert result["picture"].startswith(world.container.settings.base_url)
