"""`egret menu` and `scene`: the public account's menu, and QR codes that lead to it."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import segno

from bot.wechat import menu as wechat_menu
from server.cli.common import Commands, Failure, positive, say
from server.container import open_container
from server.settings import real_settings


def register(commands: Commands) -> None:
    """`menu` and `scene`."""
    parser = commands.add_parser("menu", help="compares the account's menu with ours")
    parser.add_argument("--publish", action="store_true", help="publish ours")
    parser.set_defaults(run=menu)
    parser = commands.add_parser("scene", help="a QR code of the account that stands somewhere")
    parser.add_argument("name", help="a scene of the city's folder, such as library")
    parser.add_argument("picture", type=Path, help="where to write it (.svg or .png)")
    parser.add_argument("--seconds", type=positive, default=None, help="how long it works (for good)")
    parser.set_defaults(run=scene)


async def menu(arguments: Namespace) -> int:
    """Compare the account's menu with ours; publish ours where that is asked."""
    ours = wechat_menu.menu()
    async with open_container(real_settings()) as container:
        changes = wechat_menu.difference(wechat_menu.read_published(await container.wechat.menu()), ours)
        for line in changes:
            say(line)
        if not changes:
            say("the published menu is ours")
        elif arguments.publish:
            await container.wechat.publish_menu(wechat_menu.published(ours))
            say("published; phones show it within about five minutes")
    return 0


async def scene(arguments: Namespace) -> int:
    """Have the platform make a QR code that brings a scene along, and write it as a picture."""
    async with open_container(real_settings()) as container:
        if container.scheme.city.scene_at(arguments.name) is None:
            known = ", ".join(scene.code for scene in container.scheme.city.scenes) or "none"
            raise Failure(f"{arguments.name} is no scene; city.toml has {known}.")
        address = await container.wechat.scene_code(arguments.name, arguments.seconds)
    segno.make(address, error="m", micro=False).save(arguments.picture, scale=12, border=4)
    say(f"{arguments.picture}: {address}")
    return 0
