"""`egret schema` and `scheme`: what can be asked, and how a score is made."""

from __future__ import annotations

import asyncio
import json
import sys
from argparse import Namespace
from datetime import date
from pathlib import Path

from graphql import GraphQLError

from schema.api.audiences import Audience, sdl_for
from schema.api.building import print_sdl
from schema.api.compatibility import announcements, compare
from scoring.card import scheme_card
from scoring.check import check_scheme
from scoring.impact import Impact
from scoring.places import where
from scoring.scheme import SCHEMES_DIR, Scheme, load_scheme, load_scheme_folder, scheme_ids, scheme_json_schema
from server.cli.common import Commands, Failure, UsageError, existing, positive, say
from server.platform.kit.clock import day_of, utc_now
from server.platform.kit.progress import progress
from server.settings import Settings
from server.settings.trusted_documents import manifest


def register(commands: Commands) -> None:
    """`schema` and `scheme`."""
    parser = commands.add_parser("schema", help="prints the GraphQL schema")
    parser.add_argument("--audience", choices=[a.value for a in Audience], help="only what is for them")
    parser.add_argument("--diff", type=Path, default=None, metavar="OLD", help="compare with this older SDL instead")
    parser.add_argument("--manifest", action="store_true", help="print the trusted documents by their ids instead")
    parser.set_defaults(run=schema)
    parser = commands.add_parser("scheme", help="look at schemes")
    parser.add_argument("action", choices=["check", "card", "impact", "json-schema"])
    parser.add_argument("versions", nargs="*", metavar="OLD NEW", help="impact: two schemes, each an id or a folder")
    parser.add_argument("--folder", type=Path, action="append", help="a scheme's folder (default: those that ship)")
    parser.add_argument("--language", choices=["zh", "en"], default="zh", help="of the card or report (zh)")
    parser.add_argument("--as-of", type=date.fromisoformat, default=None, help="the day, YYYY-MM-DD (today)")
    parser.add_argument("--data-dir", type=Path, default=None, help="impact, card: over the demo's city")
    parser.add_argument("--made-up", type=positive, default=None, metavar="N", help="… or over N made-up people")
    parser.add_argument("--html", type=Path, default=None, help="impact: write the page with plots to this file")
    parser.add_argument("--publish", action="store_true", help="impact: also onto the steward's page")
    parser.set_defaults(run=scheme)


async def schema(arguments: Namespace) -> int:
    """Print the SDL, the trusted documents, or how it differs from an older one: fails on what breaks clients."""
    if arguments.manifest:
        say(json.dumps(manifest(Settings().trusted_documents), ensure_ascii=False, indent=1))
        return 0
    if arguments.diff is None:
        sdl = print_sdl()
        sys.stdout.write(sdl if arguments.audience is None else sdl_for(Audience(arguments.audience), sdl))
        return 0
    older = await asyncio.to_thread(arguments.diff.read_text, "utf-8")
    try:
        found = compare(older, print_sdl(), announcements())
    except (GraphQLError, TypeError) as error:
        raise Failure(f"{arguments.diff} is no SDL: {str(error).splitlines()[0]}") from None
    for line in found.lines():
        say(line)
    return 1 if found.breaking else 0


async def scheme(arguments: Namespace) -> int:
    """Check schemes, each finding with where and what to do; print their cards, or the TOML's JSON Schema."""
    if len(arguments.versions) != (2 if arguments.action == "impact" else 0):
        raise UsageError("scheme impact takes OLD and NEW; the other actions take no names")
    if arguments.action == "impact":
        return await _impact(arguments)
    folders: list[Path] = arguments.folder or [SCHEMES_DIR / name for name in scheme_ids()]
    if arguments.action == "card":
        for folder in folders:
            await _card(load_scheme_folder(folder), arguments)
        return 0
    if arguments.action == "json-schema":
        say(json.dumps(scheme_json_schema(), ensure_ascii=False, indent=1))
        return 0
    count = 0
    for folder in folders:
        findings = check_scheme(load_scheme_folder(folder))
        for finding in findings:
            say(f"{folder.name}/{where(folder, finding.place)}: {finding.place}: {finding.text}")
        count += len(findings)
        say(f"{folder.name}: {'no findings' if not findings else f'{len(findings)} findings'}")
    return 1 if count else 0


async def _impact(arguments: Namespace) -> int:
    """Run two versions over the city, and say who moves. Writes nothing but the page."""
    from server.jobs.impact.report import Report, publish

    old, new = (_scheme_at(name) for name in arguments.versions)
    found = await _compare(old, new, arguments)
    told = Report(found, old, new, arguments.language)
    sys.stdout.write(told.text())
    if arguments.html:
        await asyncio.to_thread(arguments.html.write_text, told.html(), "utf-8")
        say(f"\n{arguments.html}")
    if arguments.publish:
        async with existing(arguments.data_dir) as container:
            await publish(container, told)
        say("\npublished on the steward's page")
    return 0


async def _card(scheme: Scheme, arguments: Namespace) -> None:
    """The public card; with the distribution of a city where one is named."""
    counts = None
    if arguments.data_dir or arguments.made_up:
        flows = (await _compare(scheme, scheme, arguments)).flows
        counts = {before: count for (before, _), count in flows.items()}
    say(scheme_card(scheme, arguments.as_of or day_of(utc_now()), arguments.language, counts))


async def _compare(old: Scheme, new: Scheme, arguments: Namespace) -> Impact:
    from server.jobs.impact.city import over_made_up_people, over_the_city  # here, because Arrow takes a while to load

    as_of = arguments.as_of or day_of(utc_now())
    with progress() as report:
        if arguments.made_up:
            return over_made_up_people(old, new, as_of, arguments.made_up, report)
        async with existing(arguments.data_dir) as container:
            return await over_the_city(container, old, new, as_of, report)


def _scheme_at(name: str) -> Scheme:
    """A scheme by its folder, or by the id of one that ships; a folder must pass the checker."""
    if not Path(name).is_dir():
        return load_scheme(name)
    scheme = load_scheme_folder(Path(name))
    if findings := check_scheme(scheme):
        raise Failure(f"{name} has {len(findings)} findings; see: egret scheme check --folder {name}")
    return scheme
