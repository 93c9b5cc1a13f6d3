"""Any form at all, at any address of the pages: taken, shown again or answered by a page."""

from __future__ import annotations

import re

import pytest
from hypothesis import strategies as st
from starlette.routing import Route

from server.web import desk, h5
from tests.support.desk import fields, open_case
from tests.support.pages import BROWSER, Browser, hidden
from tests.support.strategies import examples
from tests.support.world import World

OWN = ("/sign-in", "/sign-out", "/oidc/backchannel-logout")
"""Forms of the sign-in at the desk, which no session has yet."""
FIELD = st.one_of(
    st.sampled_from(["", "\0", "x" * 5000, "-1", "9" * 400, "null", "\r\n", "<b>", "茉" * 900, "1e999", "..", "%00"]),
    st.text(max_size=40),
)
NAMES = (
    *("version", "rule", "declined", "words", "reason", "step", "name", "id_number", "phone", "consent"),
    *("attempt", "code", "revision", "determination", "explanation", "text", "question", "spokeWith", "finding"),
)
POSTS = [
    door + route.path
    for door, room in (("/h5", h5), ("/desk", desk))
    for route in room.ROUTES
    if isinstance(route, Route) and "POST" in (route.methods or ()) and route.path not in OWN
]


@pytest.mark.long
@pytest.mark.parametrize("path", POSTS)
async def test_any_form_is_taken_or_shown_again_or_answered_by_a_page(world: World, path: str) -> None:
    case = await open_case(world)
    await Browser(world).log_in(beside=True)
    tokens = {
        "/h5": hidden(await world.http.get("/h5/privacy"), "/h5/privacy/data"),
        "/desk": await fields(world, case),
    }
    parts = {"code": "library.no-deposit", "id": case.rsplit("/", 1)[1], "token": "x", "action": "note"}
    parts["topic"] = "computation"
    address = re.sub(r"{(\w+)}", lambda found: parts[found[1]], path)
    for sent in examples(st.dictionaries(st.sampled_from(NAMES), FIELD, max_size=8), 15):
        genuine = tokens["/h5" if path.startswith("/h5") else "/desk"]
        for form in (sent, sent | {"csrf": genuine["csrf"], "key": "0" * 32}):
            answer = await world.http.post(address, data=form, headers=BROWSER)
            assert answer.status_code in (303, 400, 403, 410, 413), (answer.status_code, sent)
            if answer.status_code != 303:
                assert answer.headers["content-type"].startswith("text/html")
                continue
            shown = await world.http.get(answer.headers["location"], headers=BROWSER, follow_redirects=True)
            assert shown.headers["content-type"].startswith(("text/html", "application/json")), shown.url
            assert shown.status_code < 500, (sent, shown.status_code)
    assert "茉莉分" in (await world.http.get("/h5/")).text


@pytest.mark.parametrize("door", [h5, desk], ids=["h5", "desk"])
def test_every_form_leads_to_a_page_of_its_own(door: object) -> None:
    """Nothing is rendered from a POST, but by the sign-in."""
    posts = [r for r in door.ROUTES if isinstance(r, Route) and "POST" in (r.methods or ())]  # type: ignore[attr-defined]
    for route in posts:
        if route.path not in OWN:
            assert route.endpoint.__module__.endswith(".visit"), route.path
