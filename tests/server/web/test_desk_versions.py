"""The steward's page: a version that another person proposed is approved there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from schema.types.principal import Caller, Kind
from scoring.scheme import SCHEMES_DIR
from server.platform.kit.clock import day_of
from server.scores.versions.files import read_folder
from tests.support.desk import sign_in
from tests.support.world import World

PAGE = "/desk/steward"


@pytest.fixture
async def version(world: World, tmp_path: Path) -> str:
    """A version that lin proposed: the help line moved."""
    folder = Path(shutil.copytree(SCHEMES_DIR / "fuzhou-moli", tmp_path / "next"))
    city = folder / "city.toml"
    city.write_text(city.read_text("utf-8").replace("12345", "010-7654321"), "utf-8")
    lin = Caller(await world.hire("lin", Kind.STEWARD))
    day = day_of(world.container.clock())
    return await world.container.versions.propose(lin, read_folder(folder), "next", day)


async def token(world: World) -> str:
    found = re.search(r'name="csrf" value="([^"]*)"', (await world.http.get(PAGE)).text)
    assert found is not None
    return found[1]


async def test_another_steward_approves_it_and_it_is_in_force(world: World, version: str) -> None:
    await sign_in(world, "wu", Kind.STEWARD)
    text = (await world.http.get(PAGE)).text
    assert "待批准" in text
    assert f"{PAGE}/versions/{version}/approve" in text
    done = await world.http.post(f"{PAGE}/versions/{version}/approve", data={"csrf": await token(world)})
    assert (done.status_code, done.headers["location"]) == (303, PAGE)
    text = (await world.http.get(PAGE)).text
    assert "已批准" in text
    assert "/approve" not in text
    assert world.container.scheme.city.help.number == "010-7654321"


async def test_whoever_proposed_it_is_shown_no_button_and_is_refused_with_any_account(
    world: World, version: str
) -> None:
    world.http.cookies.clear()
    account = "lin"
    await world.http.post("/desk/sign-in", data={"account": account, "password": account * 2})
    text = (await world.http.get(PAGE)).text
    assert version in text
    assert "/approve" not in text
    staff = world.container.store["staff"]
    await sign_in(world, "lin-2", Kind.STEWARD)
    lin = await staff.find_one({"_id": "lin"})
    assert lin is not None
    await staff.update_one({"_id": "lin-2"}, {"$set": {"id_index": lin["id_index"]}})
    refused = await world.http.post(f"{PAGE}/versions/{version}/approve", data={"csrf": await token(world)})
    assert refused.status_code == 409
    assert "没有批准：这一步要由另一位同事来办：这个版本是您提出的。" in refused.text
    assert world.container.scheme.city.help.number == "12345"


@pytest.mark.parametrize("role", [Kind.AUDITOR, Kind.AGENT])
async def test_others_do_not_approve(world: World, version: str, role: Kind) -> None:
    await sign_in(world, "zhao", role)
    text = (await world.http.get(PAGE)).text
    assert "/approve" not in text
    sent = await world.http.post(f"{PAGE}/versions/{version}/approve", data={"csrf": "x"})
    assert sent.status_code == 403
    document = """mutation($input: ApproveCityVersionInput!) { approveCityVersion(input: $input) {
        __typename ... on Refusal { refusalCode } } }"""
    asked = await world.ask(document, token=await world.staff_token("zhao"), input={"code": version})
    assert asked["data"]["approveCityVersion"]["refusalCode"] == "FORBIDDEN"
    assert world.container.scheme.city.help.number == "12345"
