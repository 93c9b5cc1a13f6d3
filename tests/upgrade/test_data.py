"""What this release kept is read by the next one: every score, every line, every page."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.platform.db import layout_state, open_store
from server.platform.db.versions import FIRST
from tests.support.paths import ROOT
from tests.upgrade.city import City, disagreements
from tests.upgrade.next_release import LAYOUT

pytestmark = pytest.mark.long
ELSEWHERE = "upgrade-restored"


async def test_a_copy_that_the_older_release_took_is_restored_and_every_page_is_the_same(
    city: City, tmp_path: Path
) -> None:
    await city.seen(city.old)  # one's first look of a day, in each process, is on the log that one sees
    before = await city.seen(city.old)
    await city.succeed(ROOT, "backup", str(tmp_path))
    (manifest,) = tmp_path.glob("*/manifest.json")  # noqa: ASYNC240 - a small folder
    store = open_store(city.env["EGRET_MONGODB_URI"], ELSEWHERE, "motor")
    await store.drop()
    try:
        said = await city.succeed(city.new_tree, "restore", str(manifest.parent), EGRET_DATABASE=ELSEWHERE)
        assert "0 people who have left" in said
        state = await layout_state(store)
        assert state is not None
        assert (state.version, state.floor) == (LAYOUT, FIRST)
        process, base = city.server(city.new_tree, EGRET_DATABASE=ELSEWHERE)
        await city.town.ready(base)
        await city.seen(base)
        other = disagreements(before, await city.seen(base))
        assert [one for one in other if one[0][1] != "/h5/privacy"] == [], "it shows the last few looks"
        process.kill()
        said = await city.succeed(city.new_tree, "audit", "verify", EGRET_DATABASE=ELSEWHERE)
        assert "every audit chain is whole" in said
    finally:
        await store.drop()
        await store.close()
