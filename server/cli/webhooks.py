"""`egret webhook`: the addresses of sources and partners that events are sent to."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from schema.types.principal import Kind
from schema.types.webhook import WebhookEventType
from server.cli.common import Commands, counted, existing, say
from server.container import Container
from server.platform.webhooks.model import WebhookRow
from server.platform.webhooks.sender import state_of
from server.platform.webhooks.service import WebhookRegister
from server.sources.repository import SourceRepository


def register(commands: Commands) -> None:
    """`webhook`."""
    webhook = commands.add_parser("webhook", help="addresses of sources and partners that events are sent to")
    actions = webhook.add_subparsers(required=True, metavar="ACTION", dest="action")
    add = actions.add_parser("add", help="register an https address")
    add.add_argument("kind", choices=[Kind.SOURCE.value, Kind.PARTNER.value])
    add.add_argument("owner", help="the entity or partner, such as traffic-police")
    add.add_argument("url", help="such as https://hooks.example.org/egret")
    add.add_argument("--event", action="append", metavar="TYPE", help="one that it is told, such as pass.used (all)")
    ways = {
        "on": "turn one on again; what was kept meanwhile is sent",
        "secret": "a new secret; the former one signs for a day more",
        "remove": "forget one and its events",
    }
    for name, words in ways.items():
        actions.add_parser(name, help=words).add_argument("id", help="as `egret webhook list` shows it")
    actions.add_parser("list", help="every address, and whether it works")
    for action in actions.choices.values():
        action.add_argument("--data-dir", type=Path, default=None, help="the demo's folder")
        action.set_defaults(run=run)


async def run(arguments: Namespace) -> int:
    """One action on webhooks."""
    async with existing(arguments.data_dir) as container:
        say(await change_webhooks(container, arguments))
    return 0


async def change_webhooks(container: Container, arguments: Namespace) -> str:
    """Do what `egret webhook` was asked for; what to tell. Raises ValueError with a sentence."""
    webhooks = WebhookRegister(container.store, container.vault, container.clock, demo=container.settings.demo)
    if arguments.action == "list":
        return _listed(await webhooks.every())
    if arguments.action == "add":
        return await _add(container, webhooks, arguments)
    if arguments.action == "on":
        return f"{arguments.id} is on; sent now: {counted(await webhooks.turn_on(arguments.id), 'event')} that waited"
    if arguments.action == "secret":
        secret = await webhooks.new_secret(arguments.id)
        return f"{arguments.id}: {secret}  (shown only now; the former one signs for a day more)"
    await webhooks.remove(arguments.id)
    return f"{arguments.id} is removed, with its events"


async def _add(container: Container, webhooks: WebhookRegister, arguments: Namespace) -> str:
    kind, owner = Kind(arguments.kind), arguments.owner
    await _check_owner(container, kind, owner)
    webhook_id, secret = await webhooks.add(kind, owner, arguments.url, _types(arguments.event or ()))
    return f"{webhook_id}: {secret}  (shown only now; hand it over safely)"


async def _check_owner(container: Container, kind: Kind, owner: str) -> None:
    scheme = container.scheme
    if kind is Kind.PARTNER:
        partners = sorted({benefit.partner for benefit in scheme.benefits})
        if owner not in partners:
            raise ValueError(f"{owner} is no partner of {scheme.id}; it has {', '.join(partners)}")
        return
    known = await SourceRepository(container.store).get(owner)
    if known is None and owner in scheme.sources_by_code:
        return  # what the platform imports for a whole source
    if known is None or not known["active"]:
        raise ValueError(f"{owner} is neither an active entity of the register nor a source of {scheme.id}")


def _types(names: Sequence[str]) -> list[WebhookEventType]:
    try:
        return [WebhookEventType(name) for name in names]
    except ValueError as error:
        raise ValueError(f"{error}; events are {', '.join(WebhookEventType)}") from None


def _listed(rows: Sequence[WebhookRow]) -> str:
    if not rows:
        return "there is no webhook; `egret webhook add` registers one"
    return "\n".join(
        f"{row['_id']}  {row['kind']} {row['owner']}  {state_of(row).value}{_since(row)}  {row['url']}" for row in rows
    )


def _since(row: WebhookRow) -> str:
    since = row["off_since"] or row["failing_since"]
    return f" since {since:%Y-%m-%d %H:%M} UTC" if since else ""
