"""Every form says all that is missing at once: each at its field, and all of it, linked, on top of the page."""

from __future__ import annotations

import re
import tomllib
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from bot.phrases import catalogue
from schema.types.connection import global_id
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import Determination
from server.demo.entities import entities
from server.sources.register import register_rows
from server.web import desk, h5, letter_check
from server.web.desk.actions import ACTIONS
from tests.support.desk import act, sign_in
from tests.support.disputes import PAGE, PARKING, decide, file, unreachable
from tests.support.pages import Browser
from tests.support.paths import ROOT
from tests.support.people import MOLI, YING, record
from tests.support.world import World

TABLE = tomllib.loads((ROOT / "tests" / "golden" / "tables" / "forms.toml").read_text("utf-8"))
FRESH = record("traffic.illegal-parking", "2026-11-02", "T-78")
DISPUTE_FORMS = ("supply", "appeal", "withdraw")
REPAIR_FORMS = ("answer", "approve", "return")


class Arranged:
    """What a form of the table needs, arranged when its page is asked for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.browser = Browser(world)

    async def citizen(self) -> Principal:
        await self.world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
        me = await self.world.enrol(YING, FRESH)
        await self.browser.log_in()
        return me

    async def bind(self) -> str:
        await self.world.register(YING)
        await self.browser.log_in()
        return (await self.browser.open("/h5/bind")).url.path

    async def record(self) -> str:
        me = await self.citizen()
        (held,) = (await self.world.container.services.records.of_citizen(me, PAGE)).edges
        return f"/h5/records/{global_id('CreditRecord', held.node.key)}"

    async def evidence(self) -> str:
        content = {"citizen": (await self.citizen()).id, "box": "0" * 32}
        token, _ = self.world.container.signed_tokens.issue("evidence-form", content, timedelta(minutes=5))
        return f"/h5/evidence-form/{token}"

    async def asked(self) -> str:
        dispute = await file(self.world, await self.citizen())
        agent, office = await self.world.hire("agent", Kind.AGENT), self.world.container.services.desk
        case = await office.claim(Caller(agent), dispute.key)
        await office.ask_citizen(Caller(agent), dispute.key, case.revision, "请补充过户单")
        return f"/h5/disputes/{dispute.id}"

    async def decided(self) -> str:
        dispute = await file(self.world, await self.citizen())
        await decide(self.world, dispute, Determination.UPHELD)
        return f"/h5/disputes/{dispute.id}"

    async def held(self) -> str:
        return await self._case("agent")

    async def another(self) -> str:
        case = await self._case("agent")
        await sign_in(self.world, "second", Kind.AGENT)
        return case

    async def inquired(self) -> str:
        case = await self._case("agent")
        await act(self.world, case, "ask-source", question="请核对车主")
        return case

    async def proposed(self) -> str:
        case = await self._case("agent")
        await act(self.world, case, "decide", determination="DELETED", explanation="过户单属实")
        await sign_in(self.world, "approver", Kind.APPROVER)
        return case

    async def repair(self) -> str:
        me = await self.citizen()
        (held,) = (await self.world.container.services.records.of_citizen(me, PAGE)).edges
        await self.world.container.repairs.apply(Caller(me), held.node.key, date(2026, 11, 10), "罚款已缴", [])
        await sign_in(self.world, "agent", Kind.AGENT)
        return str(re.findall(r'href="(/desk/repairs/[\w-]+)"', (await self.world.http.get("/desk/repairs")).text)[0])

    async def notice(self) -> str:
        await unreachable(self.world)
        await sign_in(self.world, "agent", Kind.AGENT)
        return str(re.findall(r'name="id" value="([^"]*)"', (await self.world.http.get("/desk/notices")).text)[0])

    async def look(self) -> str:
        me = await self.world.enrol(YING, PARKING)
        dispute = await file(self.world, me)
        await self.world.container.services.desk.case(await self.world.hire("agent", Kind.AGENT), dispute.key)
        await self.browser.log_in()
        page = await self.browser.open("/h5/privacy/looks")
        await self.browser.send(page, "/h5/privacy/looks")
        await sign_in(self.world, "other", Kind.AGENT)
        return str(re.findall(r'name="id" value="([^"]*)"', (await self.world.http.get("/desk/looks")).text)[0])

    async def _case(self, account: str) -> str:
        dispute = await file(self.world, await self.citizen())
        await sign_in(self.world, account, Kind.AGENT)
        case = f"/desk/cases/{global_id('Case', dispute.key)}"
        await act(self.world, case, "claim")
        return case


async def arranged(world: World, row: dict[str, Any]) -> dict[str, Any]:
    """A row of the table with what it names filled in."""
    written = " ".join([row["page"], row.get("form", ""), *row["wrong"]])
    names = set(re.findall(r"{(\w+)}", written))
    found = {name: await getattr(Arranged(world), name)() for name in names}
    if not names and row["page"].startswith("/h5"):
        await Arranged(world).citizen()
    page = row["page"].format(**found)
    wrong = [place.format(**found) for place in row["wrong"]]
    return {"page": page, "form": row.get("form", row["page"]).format(**found), "wrong": wrong}


@pytest.mark.parametrize("row", TABLE["form"], ids=lambda row: row["page"] + row.get("form", ""))
async def test_a_form_that_is_sent_empty_says_all_that_is_missing_at_once(world: World, row: dict[str, Any]) -> None:
    form = await arranged(world, row)
    page = await world.http.get(form["page"], follow_redirects=True)
    assert page.status_code == 200
    refused = await send_empty(world, page, form["form"], row)
    assert summary(refused) == form["wrong"]
    for place in form["wrong"]:
        assert f' id="{place}"' in refused.text, "the link leads to it"
        assert re.search(rf'aria-describedby="[^"]*{re.escape(place)}-wrong"', refused.text), place
        said = re.search(rf'<p class="wrong" id="{re.escape(place)}-wrong">([^<]+)</p>', refused.text)
        assert said is not None, place
        assert unescape(said[1]) in unescape(refused.text.split('role="alert"', 1)[1].split("</ul>", 1)[0])


async def send_empty(world: World, page: httpx.Response, form: str, row: dict[str, Any]) -> httpx.Response:
    """Send a form of the page without anything in its fields; the page that comes."""
    action = next(to for to in re.findall(r'<form[^>]* action="([^"]*)"', page.text) if same(to, form))
    (opening,) = re.findall(rf'<form[^>]* action="{re.escape(action)}"[^>]*>', page.text)
    asks_first = row.get("browser_asks_first", False)
    assert (" novalidate" in opening) != asks_first, "the browser does not stop at the first field"
    body = page.text.split(opening, 1)[1].split("</form>", 1)[0]
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', body))
    empty = dict.fromkeys(re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', body), "")
    sent = empty | {name: unescape(value) for name, value in kept.items()} | row.get("pressed", {})
    sent.pop("files", None)
    answer = await world.http.post(action.partition("#")[0], data=sent, follow_redirects=True)
    assert answer.status_code in (200, 400), answer.text
    return answer


def same(action: str, form: str) -> bool:
    """Whether an address of a form is this one, whatever stands after # and ?."""
    return re.split("[#?]", action)[0] == form


def summary(page: httpx.Response) -> list[str]:
    """The fields that the summary on top of a page leads to."""
    on_top = re.search(r'<div class="refusal" role="alert">.*?</div>', page.text, re.DOTALL)
    assert on_top is not None
    return [unescape(place) for place in re.findall(r'<li><a href="#([^"]+)">', on_top[0])]


def test_every_form_of_the_pages_stands_in_the_table() -> None:
    posts = {
        door + route.path
        for door, routes in (("/h5", h5.ROUTES), ("/desk", desk.ROUTES), ("/letters", letter_check.ROUTES))
        for route in routes
        if isinstance(route, Route) and "POST" in (route.methods or ())
    }
    for path, actions in (
        ("/h5/disputes/{id}/", DISPUTE_FORMS),
        ("/desk/repairs/{id}/", REPAIR_FORMS),
        ("/desk/cases/{id}/", ACTIONS),
    ):
        posts.remove(path + "{action}")
        posts |= {path + action for action in actions}
    assert posts == {row["route"] for row in TABLE["form"]} | set(TABLE["buttons"])


def test_what_is_missing_is_asked_for_in_both_languages() -> None:
    sources = Path(h5.__file__).parents[1].rglob("*.py")
    asked = {key for path in sources for key in re.findall(r'"((?:h5|desk|check)\.needed\.\w+)"', path.read_text())}
    assert len(asked) > 20
    for language in ("zh", "en"):
        assert asked <= catalogue(language).keys()
        assert {key for key in catalogue(language) if ".needed." in key} <= asked


async def test_an_answer_to_a_reported_sign_in_with_a_gap_says_so_at_its_field(world: World) -> None:
    await world.register(YING)
    browser = Browser(world)
    await browser.log_in()
    told = await browser.open("/h5/disputes/new/sign-in")
    await browser.send(told, "/h5/disputes/new/sign-in", words="收不到短信", step="file")
    await sign_in(world, "agent", Kind.AGENT)
    page = await browser.open("/desk/checks")
    sent = dict(re.findall(r'<input type="hidden" name="(csrf|id)" value="([^"]*)"', page.text))
    answer = {"outcome": "LIFTED", "words": "请补充【材料名称】"}
    refused = await browser.post("/desk/checks", sent | answer)
    assert summary(refused) == [f"words-{sent['id']}"]
    assert "请补充【材料名称】</textarea>" in refused.text, "what was typed is not lost"
