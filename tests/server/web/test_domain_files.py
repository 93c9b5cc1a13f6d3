"""WeChat's files at the root: as they are, and nothing else of their folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.settings import Settings
from tests.support.world import World

NAME = "MP_verify_a1B2c3D4e5F6g7H8"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: World) -> Path:
    given = tmp_path / "verify"
    given.mkdir()
    (given / f"{NAME}.txt").write_text("a1B2c3D4e5F6g7H8", "utf-8")
    object.__setattr__(
        world.container, "settings", world.container.settings.model_copy(update={"wechat_verify_dir": given})
    )
    return given


async def test_a_file_of_wechat_is_served_at_the_root_as_it_is(world: World, folder: Path) -> None:
    answer = await world.http.get(f"/{NAME}.txt")
    assert (answer.status_code, answer.text) == (200, "a1B2c3D4e5F6g7H8")
    assert answer.headers["content-type"].startswith("text/plain")
    (folder / "Zx81kd02Lq.txt").write_text("of a mini-program", "utf-8")
    assert (await world.http.get("/Zx81kd02Lq.txt")).text == "of a mini-program", "without a restart"


async def test_nothing_else_of_the_folder_is(world: World, folder: Path) -> None:
    (folder / "secrets.env").write_text("x", "utf-8")
    (folder / "notes.txt").write_text("x", "utf-8")
    (folder / "LongFile1.txt").write_text("x" * 2000, "utf-8")
    (folder.parent / "outside1.txt").write_text("x", "utf-8")
    (folder / "linked12.txt").symlink_to(folder.parent / "outside1.txt")
    (folder / "folder12.txt").mkdir()
    for path in (
        "/secrets.env",
        "/notes.txt",
        "/LongFile1.txt",
        "/linked12.txt",
        "/folder12.txt",
        "/..%2Foutside1.txt",
        "/%00.txt",
    ):
        assert (await world.http.get(path)).status_code == 404, path


async def test_without_the_setting_there_is_none(world: World) -> None:
    assert Settings().wechat_verify_dir is None
    assert (await world.http.get(f"/{NAME}.txt")).status_code == 404
