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
from scoring.check import check_scheme, load_usable
from scoring.impact import Impact
from scoring.scheme import SCHEMES_DIR, Scheme, city_json_schema, load_scheme_folder, scheme_ids, scheme_json_schema
from server.cli.common import Commands, Failure, counted, existing, positive, say
from server.cli.new_city import new_folder
from server.cli.versions import register_versions
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
    parser = commands.add_parser("scheme", help="look at schemes, and make one")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    _register_reports(actions)
    one = actions.add_parser("check", help="says what is wrong with a city's folder, with file and line")
    one.add_argument("--folder", type=Path, action="append", help="a city's folder (default: those that ship)")
    one.set_defaults(run=check)
    one = actions.add_parser("json-schema", help="prints the JSON Schema of the TOML files, for editors")
    one.add_argument("--city", action="store_true", help="that of city.toml")
    one.set_defaults(run=json_schema)
    one = actions.add_parser("new", help="writes a small complete city into a folder, to begin with")
    one.add_argument("folder", type=Path, metavar="DIR", help="a folder that is empty or not there yet")
    one.add_argument("--name", default=None, help="the scheme's id: small letters, digits, hyphens (the folder's name)")
    one.set_defaults(run=new)
    register_versions(actions)


def _register_reports(actions: Commands) -> None:
    """`scheme card` and `scheme impact`."""
    one = actions.add_parser("card", help="prints the public card of a scheme")
    one.add_argument("--folder", type=Path, action="append", help="a city's folder (default: those that ship)")
    one.set_defaults(run=card)
    two = actions.add_parser("impact", help="says who would move from one version to another")
    two.add_argument("old", metavar="OLD", help="a scheme that ships, by its id, or a folder")
    two.add_argument("new", metavar="NEW", help="another")
    two.add_argument("--html", type=Path, default=None, help="write the page with plots to this file")
    two.add_argument("--publish", action="store_true", help="also onto the steward's page")
    two.set_defaults(run=impact)
    for parser in (one, two):
        parser.add_argument("--language", choices=["zh", "en"], default="zh", help="of the card or report (zh)")
        parser.add_argument("--as-of", type=date.fromisoformat, default=None, help="the day, YYYY-MM-DD (today)")
        parser.add_argument("--data-dir", type=Path, default=None, help="over the demo's city")
        parser.add_argument("--made-up", type=positive, default=None, metavar="N", help="… or over N made-up people")


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


async def check(arguments: Namespace) -> int:
    """Check folders; each finding with where and what to do."""
    count = 0
    for folder in _folders(arguments):
        findings = check_scheme(load_scheme_folder(folder))
        for finding in findings:
            say(finding.at(folder))
        count += len(findings)
        say(f"{folder.name}: {counted(len(findings), 'finding') if findings else 'no findings'}")
    return 1 if count else 0


async def json_schema(arguments: Namespace) -> int:
    """Print the JSON Schema of the TOML files."""
    made = city_json_schema() if arguments.city else scheme_json_schema()
    say(json.dumps(made, ensure_ascii=False, indent=1))
    return 0


async def new(arguments: Namespace) -> int:
    """Write a small complete city, and say how to go on."""
    folder: Path = arguments.folder
    scheme = new_folder(folder, arguments.name or Path.cwd().joinpath(folder).name)
    say(f"{folder}: {scheme.name.zh} · {scheme.name.en}; every figure is made up, and marked illustrative")
    say(f"  change it, then   egret scheme check --folder {folder}")
    say(f"  see it run        egret demo --scheme {folder}")
    return 0


async def card(arguments: Namespace) -> int:
    """Print the public cards; with the distribution of a city where one is named."""
    for folder in _folders(arguments):
        await _card(load_scheme_folder(folder), arguments)
    return 0


def _folders(arguments: Namespace) -> list[Path]:
    named: list[Path] = arguments.folder or [SCHEMES_DIR / name for name in scheme_ids()]
    return [folder.resolve() for folder in named]  # `.` has no name


async def impact(arguments: Namespace) -> int:
    """Run two versions over the city, and say who moves. Writes nothing but the page."""
    from server.jobs.impact.report import Report, publish

    old, new = (load_usable(name) for name in (arguments.old, arguments.new))
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
