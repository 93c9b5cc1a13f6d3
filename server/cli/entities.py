"""`egret source` and `egret partner`: enter a reporting entity, give keys with scopes, show them, end them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from schema.types.principal import Kind, Scope
from server.auth.api_keys import ApiKeys, KnownKey
from server.cli.common import Commands, existing, say
from server.container import Container
from server.platform.webhooks.service import WebhookRegister
from server.sources.register import SourceRegister, register_row


def register(commands: Commands) -> None:
    """`source` and `partner`."""
    entity = commands.add_parser("source", help="the register of reporting entities, and their keys")
    entity.add_argument("action", choices=["add", "key", "keys", "close"])
    entity.add_argument("code", help="the entity's own code, such as traffic-police.east")
    entity.add_argument("--of", default=None, metavar="SOURCE", help="add: the scheme's source it reports as")
    entity.add_argument("--zh", default=None, help="add: its name in Chinese")
    entity.add_argument("--en", default=None, help="add: its name in English")
    entity.add_argument("--phone", default="", help="add: the office's telephone")
    entity.set_defaults(run=source)
    taker = commands.add_parser("partner", help="the API keys of a partner that takes passes")
    taker.add_argument("action", choices=["key", "keys", "close"])
    taker.add_argument("code", help="the partner, as the scheme's benefits name it")
    taker.set_defaults(run=partner)
    overlap = "key: for how long earlier ones go on; 0 where one leaked (24)"
    for parser in (entity, taker):
        parser.add_argument("--data-dir", type=Path, default=None, help="the demo's folder")
        parser.add_argument("--scope", action="append", metavar="SCOPE", help="key: one that it is good for (all)")
        parser.add_argument("--days", type=int, default=365, help="key: for how long it is good (365)")
        parser.add_argument("--overlap-hours", type=int, default=24, help=overlap)


async def source(arguments: Namespace) -> int:
    """The register of reporting entities."""
    async with existing(arguments.data_dir) as container:
        say(await change_register(container, arguments))
    return 0


async def partner(arguments: Namespace) -> int:
    """The keys of a partner."""
    async with existing(arguments.data_dir) as container:
        say(await change_partner(container, arguments))
    return 0


async def change_register(container: Container, arguments: Namespace) -> str:
    """Do what `egret source` was asked for; what to tell. Raises ValueError with a sentence that says what is wrong."""
    register = SourceRegister(container.store, container.in_force, container.clock)
    code: str = arguments.code
    if arguments.action == "close":
        await register.close(code)
        await _webhooks(container).remove_of(Kind.SOURCE, code)
        return f"{code} is closed: its keys no longer work and its webhooks are gone, what it delivered stays"
    if arguments.action == "keys":
        return _listed(code, await ApiKeys(container.store, container.clock).known(Kind.SOURCE, code))
    if arguments.action == "key":
        return _given(code, await register.new_key(code, _scopes(arguments), **_spans(arguments)), arguments)
    if not (arguments.of and arguments.zh and arguments.en):
        raise ValueError("source add needs --of SOURCE --zh NAME --en NAME")
    row = register_row(container.scheme, code, arguments.of, (arguments.zh, arguments.en), arguments.phone)
    return f"{code}: {await register.add(row)}  (kept nowhere; hand it over safely)"


async def change_partner(container: Container, arguments: Namespace) -> str:
    """Do what `egret partner` was asked for; what to tell. Raises ValueError with a sentence."""
    code: str = arguments.code
    partners = sorted({benefit.partner for benefit in container.scheme.benefits})
    if code not in partners:
        raise ValueError(f"{code} is no partner of {container.scheme.id}; it has {', '.join(partners)}")
    keys = ApiKeys(container.store, container.clock)
    if arguments.action == "close":
        await keys.end(Kind.PARTNER, code)
        await _webhooks(container).remove_of(Kind.PARTNER, code)
        return f"{code}: its keys no longer work, and its webhooks are gone"
    if arguments.action == "keys":
        return _listed(code, await keys.known(Kind.PARTNER, code))
    key = await keys.give(Kind.PARTNER, code, _scopes(arguments), **_spans(arguments))
    return _given(code, key, arguments)


def _webhooks(container: Container) -> WebhookRegister:
    return WebhookRegister(container.store, container.vault, container.clock, demo=container.settings.demo)


def _scopes(arguments: Namespace) -> list[Scope]:
    try:
        return [Scope(scope) for scope in arguments.scope or ()]
    except ValueError as error:
        raise ValueError(f"{error}; scopes are {', '.join(Scope)}") from None


def _spans(arguments: Namespace) -> dict[str, timedelta]:
    return {"life": timedelta(days=arguments.days), "overlap": timedelta(hours=arguments.overlap_hours)}


def _given(code: str, key: str, arguments: Namespace) -> str:
    hours: int = arguments.overlap_hours
    earlier = f"earlier keys work for {hours} hours more" if hours else "earlier keys no longer work"
    return f"{code}: {key}  (kept nowhere; good for {arguments.days} days; {earlier})"


def _listed(code: str, keys: Sequence[KnownKey]) -> str:
    if not keys:
        return f"{code} has no key that works"
    return "\n".join(
        f"{key.hint or 'egp_'}…  {' '.join(sorted(key.scopes))}  "
        f"{f'until {key.ends_at:%Y-%m-%d %H:%M} UTC' if key.ends_at else 'without end'}  "
        f"{f'used on {key.used_on}' if key.used_on else 'not used yet'}"
        for key in keys
    )
