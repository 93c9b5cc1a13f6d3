"""The simulator is the platform: tokens, quotas of size, login codes, pushes."""

from __future__ import annotations

import pytest

from server.web.simulator.platform import message_xml
from tests.support.world import Chat, World


async def test_the_page_shows_the_menu_and_the_people(world: World) -> None:
    from tests.support.people import YING

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
