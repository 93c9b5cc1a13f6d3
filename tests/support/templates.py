"""A person whom only template messages reach."""

from __future__ import annotations

from pathlib import Path

from bot.wechat.templates import Templates
from tests.support.people import YING, record
from tests.support.world import Chat, World

TEMPLATES = """
[score_changed]
template = "T1"
subscription = "S1"
fields = { thing1 = "title", thing2 = "text" }
"""


async def a_silent_person_with_templates(world: World, folder: Path) -> Chat:
    """Someone who wrote three days ago, whose score has just changed."""
    (folder / "templates.toml").write_text(TEMPLATES, "utf-8")
    world.container.delivery.ways.templates = Templates(folder / "templates.toml")
    await world.enrol(YING)
    world.clock.advance(hours=73)
    await world.deliver(YING, record("volunteering.hours", "2026-11-01", "V"))
    return Chat(world)
