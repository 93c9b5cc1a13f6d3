"""`/developers`, in every installation: what it shows is what the schema says, and its snippets work."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import httpx
import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from schema.api.audiences import Audience, sdl_for
from schema.api.building import print_sdl
from schema.types.errors import RefusalCode
from server.app import build_app
from server.container import build_container
from server.web import developers
from tests.support.world import World

PAGES = ("/", "/guides", "/codes", "/changelog", *(f"/reference/{audience}" for audience in Audience))
_FOLDER = Path(developers.__file__).parent / "snippets"
SNIPPETS = sorted(str(path.relative_to(_FOLDER).with_suffix("")) for path in _FOLDER.rglob("*.graphql"))


@cache
def schema_for(audience: Audience) -> GraphQLSchema:
    return build_schema(sdl_for(audience, print_sdl()))


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_there_and_its_links_lead_somewhere(world: World, path: str) -> None:
    answer = await world.http.get(f"/developers{path}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=300"
    ids = set(re.findall(r' id="([^"]+)"', answer.text))
    assert set(re.findall(r'href="#([^"]+)"', answer.text)) <= ids
    for link in set(re.findall(r'href="(/developers[^"#]*)', answer.text)):
        assert (await world.http.get(link)).status_code == 200, link


async def test_it_is_served_outside_the_demo_too(world: World) -> None:
    container = world.container
    settings = container.settings.model_copy(update={"demo": False})
    real = build_container(settings, container.store, container.http, container.clock)
    transport = httpx.ASGITransport(build_app(real))
    async with httpx.AsyncClient(transport=transport, base_url="http://egret") as http:
        closed = await http.post("/graphql", json={"query": "{ __schema { types { name } } }"})
        assert "errors" in closed.json()
        start = (await http.get("/developers/")).text
        assert "EGRET" not in start
        assert "/simulator" not in start
        assert (await http.get("/developers/reference/citizen")).status_code == 200
        assert (await http.get("/developers/schema.graphql")).text == print_sdl()


@pytest.mark.parametrize("audience", Audience)
async def test_the_schema_of_each_audience_can_be_downloaded(world: World, audience: Audience) -> None:
    answer = await world.http.get(f"/developers/{audience}.graphql")
    assert answer.text == sdl_for(audience, print_sdl())
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", ["/developers/reference/nobody", "/developers/nobody.graphql"])
async def test_another_audience_is_told_which_there_are(world: World, path: str) -> None:
    answer = await world.http.get(path)
    assert answer.status_code == 404
    assert "citizen" in answer.text


async def test_the_reference_has_every_type_and_field_with_its_description(world: World) -> None:
    html = (await world.http.get("/developers/reference/citizen")).text
    schema = schema_for(Audience.CITIZEN)
    for name, kind in schema.type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        assert f'id="{name}"' in html, name
        assert all(f"<code>{field}" in html for field in getattr(kind, "fields", ())), name
    assert "Every line, base first." in html


async def test_every_code_is_told_in_both_languages_with_who_answers_it(world: World) -> None:
    html = (await world.http.get("/developers/codes")).text
    assert all(f'id="{code.value}"' in html for code in RefusalCode)
    row = html[html.index('id="DISPUTE_OPEN"') :].partition("</tr>")[0]
    assert "DisputeOpenRefusal" in row
    assert "<code>openDispute</code>" in row
    assert "异议已在办理" in row


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_shown_and_fits_the_schema_of_its_audience(name: str) -> None:
    templates = Path(developers.__file__).parents[1] / "templates"
    assert f'document("{name}")' in (templates / "developers_guides.html").read_text("utf-8")
    assert f'"{name}"' in Path(__file__).with_name("test_guides.py").read_text("utf-8"), "and it is run"
    audience = Audience(name.partition("/")[0])
    assert validate(schema_for(audience), parse(developers.snippet(name))) == []
