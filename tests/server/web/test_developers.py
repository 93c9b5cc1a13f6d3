"""`/developers`, in every installation: what it shows is what the schema says, and its snippets work."""

from __future__ import annotations

import asyncio
import contextlib
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import build_schema, parse, validate
from PIL import Image

from schema.api.audiences import Audience, sdl_for
from schema.api.building import print_sdl
from schema.engine.execution import stream
from schema.types.errors import RefusalCode
from schema.types.principal import Caller
from server.app import build_app
from server.container import build_container
from server.web import developers
from tests.support.world import World

PAGES = ("/", "/guides", "/codes", "/changelog", *(f"/reference/{audience}" for audience in Audience))
SNIPPETS = sorted(path.stem for path in (Path(developers.__file__).parent / "snippets").glob("*.graphql"))


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
    schema = build_schema(sdl_for(Audience.CITIZEN, print_sdl()))
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
    assert "进行中的异议" in row


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_shown_and_fits_the_schema_of_citizens(name: str) -> None:
    templates = Path(developers.__file__).parents[1] / "templates"
    assert f'document("{name}")' in (templates / "developers_guides.html").read_text("utf-8")
    assert validate(build_schema(sdl_for(Audience.CITIZEN, print_sdl())), parse(developers.snippet(name))) == []


async def listen(world: World, token: str) -> Any:
    """What the stream of the guides tells first."""
    container = world.container
    principal = await container.sessions.principal_of(token)
    operation = container.schema.documents.operation(developers.snippet("listen"), None)
    answers = stream(container.schema, operation, None, container.context(Caller(principal)))
    async with contextlib.aclosing(answers):
        return (await anext(answers)).data


async def test_the_guides_work_in_their_order(world: World) -> None:
    async def ask(name: str, token: str | None = None, **variables: Any) -> Any:
        answer = await world.ask(developers.snippet(name), token=token, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    await world.bound_token()
    signed_in = (await ask("sign-in", input={"code": world.platform.login_code("mini-1")}))["logIn"]["session"]
    renewed = (await ask("renew", input={"refreshToken": signed_in["refreshToken"]}))["renewSession"]["session"]
    token = renewed["token"]
    before = (await ask("score", token))["me"]["score"]
    lines = (await ask("lines", token))["me"]["score"]["lines"]
    records = [edge["node"]["record"]["id"] for edge in lines["edges"] if edge["node"]["record"]]
    heard = asyncio.create_task(listen(world, token))
    upload = (await ask("upload", token))["openEvidenceUpload"]["upload"]
    file = BytesIO()
    Image.new("RGB", (64, 64)).save(file, "JPEG")
    sent = await world.http.put(upload["url"], content=file.getvalue())
    given = {
        "recordId": records[0],
        "reason": "NOT_MINE",
        "words": "请核对。",
        "evidence": [sent.json()["evidence"][0]["id"]],
    }
    filed = (await ask("open-dispute", token, input=given))["openDispute"]
    assert filed["record"] == {"id": records[0], "disputed": True}
    assert (await asyncio.wait_for(heard, 20))["disputeChanged"]["id"] == filed["dispute"]["id"]
    assert filed["citizen"]["score"]["id"] == before["id"]
    assert filed["citizen"]["score"]["value"] != before["value"]
