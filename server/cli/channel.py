"""`egret menu` and `scene`: the public account's menu, and QR codes that lead to it."""

from __future__ import annotations

import contextlib
from argparse import Namespace
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import segno

from bot.wechat import menu as wechat_menu
from bot.wechat.faults import WeChatApiError
from server.cli.common import Commands, Failure, positive, say
from server.container import Container, open_container
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


@contextlib.asynccontextmanager
async def _asking(container: Container) -> AsyncIterator[None]:
    """What the platform refuses, or does not answer, is said in a sentence. Raises Failure."""
    try:
        yield
    except WeChatApiError as error:
        raise Failure(f"WeChat refused it: {error}.") from None
    except httpx.HTTPError as error:
        where = container.settings.wechat_api_base
        raise Failure(f"WeChat did not answer at {where} ({type(error).__name__}); try again.") from None


async def menu(arguments: Namespace) -> int:
    """Compare the account's menu with ours; publish ours where that is asked."""
    ours = wechat_menu.menu()
    async with open_container(real_settings()) as container, _asking(container):
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
        async with _asking(container):
            address = await container.wechat.scene_code(arguments.name, arguments.seconds)
    segno.make(address, error="m", micro=False).save(arguments.picture, scale=12, border=4)
    say(f"{arguments.picture}: {address}")
    return 0
