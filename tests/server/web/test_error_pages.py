"""Refusals by HTTP itself: a page for a browser, a plain answer for a program."""

from __future__ import annotations

import pytest

from tests.support.pages import BROWSER
from tests.support.world import World


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("method", "path", "status", "door"),
    [
        ("GET", "/h5/no-such-page", 404, "/h5/"),
        ("GET", "/desk/no-such-page", 404, "/desk/"),
        ("GET", "/nothing", 404, "/"),
        ("GET", "/letters/no-such-page", 404, "/"),
        ("GET", "/static/nothing.css", 404, "/"),
        ("POST", "/h5/history", 405, "/h5/"),
        ("GET", "/h5/privacy/data", 405, "/h5/"),
        ("GET", "/desk/repairs/x/approve", 405, "/desk/"),
        ("GET", "/h5/evidence/x", 410, "/h5/"),
        ("POST", "/h5/benefits/x/pass", 413, "/h5/"),
        ("POST", "/desk/cases/x/note", 413, "/desk/"),
    ],
)
async def test_what_a_browser_can_meet_is_a_page_in_its_language_with_a_way_on(
    world: World, method: str, path: str, status: int, door: str, language: str
) -> None:
    headers = BROWSER | {"accept-language": {"zh": "zh-CN,zh;q=0.9", "en": "en-GB,en;q=0.8"}[language]}
    data = {"text": "长" * 100_000} if status == 413 else None
    answer = await world.http.request(method, path, headers=headers, data=data)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert f'href="{door}"' in answer.text
    assert ("首页" in answer.text) == (language == "zh")
    assert ("start page" in answer.text) == (language == "en")
    assert "content-security-policy" in answer.headers


async def test_a_program_gets_its_plain_answer(world: World) -> None:
    answer = await world.http.get("/h5/no-such-page", headers={"accept": "application/json"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")


async def test_a_broken_form_is_a_page(world: World) -> None:
    headers = BROWSER | {"content-type": "multipart/form-data; boundary=x"}
    answer = await world.http.post("/h5/records/x", content=b"nonsense", headers=headers)
    assert answer.status_code == 400
    assert "什么都没有改变" in answer.text
