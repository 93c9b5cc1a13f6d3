"""What each command does."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import socket
import sys
import webbrowser
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from datetime import date
from pathlib import Path
from typing import Any, TextIO

import segno
import uvicorn
from graphql import GraphQLError

from bot.dialogs.home import SCENES
from bot.wechat import menu as wechat_menu
from schema.compatibility import announcements, compare
from schema.execution import print_sdl
from schema.principal import OPERATOR
from scoring.card import scheme_card
from scoring.check import check_scheme
from scoring.engine import assess, recomputed
from scoring.impact import Impact
from scoring.places import where
from scoring.records import Record
from scoring.scheme import SCHEMES_DIR, Scheme, load_scheme, load_scheme_folder, scheme_ids, scheme_json_schema
from scoring.statement import Statement, canonical_json
from server import audit
from server.app import build_app
from server.backup_command import backup, restore
from server.changes import Change, Outcome
from server.clock import day_of, utc_now
from server.demo.city import DEMO_SOURCE, is_seeded, partner_key, seed_city, source_key
from server.demo.entities import COUNT
from server.demo.people import REGIONS, ready_people
from server.keys_rotation import rotate
from server.observe import logs, ops
from server.observe.traces import TRACES, collector
from server.progress import progress
from server.records.command import change_register
from server.records.files import Reject, is_csv, read_file, rejects_writer
from server.records.importer import Importer
from server.retention import Retention
from server.settings import Settings, demo_secrets, demo_settings, real_settings
from server.system import System, open_system
from server.trusted import manifest
from server.web import streams
from server.worker import run_worker

_STOPPING = (signal.SIGINT, signal.SIGTERM)


class Failure(Exception):  # noqa: N818 - it is what a command ends with
    """The command failed; the text says why and what to do."""


async def demo(arguments: Namespace) -> int:
    """A synthetic city: start the database, seed it once, serve, and say where to look."""
    given = {
        name: value
        for name in ("host", "port", "data_dir", "scheme")
        if (value := getattr(arguments, name)) is not None
    }
    first = Settings(demo=True, **given)
    listening = _listen(first.host, first.port)
    settings = demo_settings(first, port=listening.getsockname()[1])
    secrets = demo_secrets(settings.data_dir)
    async with open_system(settings) as system:
        if not await is_seeded(system):
            with progress() as report:
                await seed_city(system, arguments.residents, secrets, report)
        _say(_demo_text(settings, system, secrets))
        app = build_app(system, worker=True)
        app.state.people = ready_people(REGIONS[system.scheme.id])
        if not arguments.no_open and sys.stdout.isatty() and os.environ.get("DISPLAY"):
            webbrowser.open(f"{settings.base_url}/simulator")
        await _serve(app, listening)
    return 0


async def serve(arguments: Namespace) -> int:
    """The server. Refuses to start with a missing or weak secret."""
    settings = real_settings()
    listening = _listen(settings.host, settings.port)
    with _watched(settings, "egret serve"):
        async with open_system(settings) as system, ops.served(system):
            await _serve(build_app(system), listening)
    return 0


async def worker(arguments: Namespace) -> int:
    """A worker, until it is told to stop."""
    settings = real_settings()
    with _watched(settings, "egret worker"):
        async with open_system(settings) as system, ops.served(system):
            task = asyncio.create_task(run_worker(system))
            _on_stop(task.cancel)
            with contextlib.suppress(asyncio.CancelledError):
                await task
    return 0


@contextlib.contextmanager
def _watched(settings: Settings, service: str) -> Iterator[None]:
    """Logs and traces of a process that runs for long."""
    logs.set_up(settings.log_format, secrets=settings.secret_values())
    logs.tell_crashes()
    if settings.otlp_endpoint is not None:
        TRACES.use(collector(settings.otlp_endpoint, settings.trace_ratio, service))
    try:
        yield
    finally:
        TRACES.close()


async def menu(arguments: Namespace) -> int:
    """Compare the account's menu with ours; publish ours where that is asked."""
    ours = wechat_menu.menu()
    async with open_system(real_settings()) as system:
        changes = wechat_menu.difference(wechat_menu.read_published(await system.wechat.menu()), ours)
        for line in changes:
            _say(line)
        if not changes:
            _say("the published menu is ours")
        elif arguments.publish:
            await system.wechat.publish_menu(wechat_menu.published(ours))
            _say("published; phones show it within about five minutes")
    return 0


async def scene(arguments: Namespace) -> int:
    """Have the platform make a QR code that brings a scene along, and write it as a picture."""
    if arguments.name not in SCENES:
        raise Failure(f"{arguments.name} is no scene; the welcome knows {', '.join(SCENES)}.")
    async with open_system(real_settings()) as system:
        address = await system.wechat.scene_code(arguments.name, arguments.seconds)
    segno.make(address, error="m", micro=False).save(arguments.picture, scale=12, border=4)
    _say(f"{arguments.picture}: {address}")
    return 0


async def import_records(arguments: Namespace) -> int:
    """Store a file of records; what is wrong goes to a file that can be corrected and sent again."""
    path: Path = arguments.file
    rejects: Path = arguments.rejects or path.with_name(f"{path.name}.rejects.{'csv' if is_csv(path) else 'ndjson'}")
    async with _existing(arguments.data_dir) as system:
        importer = Importer(system.store, system.scheme, system.deliveries)
        with progress() as report, contextlib.ExitStack() as stack:
            reject = Rejecting(path, rejects, stack)
            on = day_of(system.clock())
            result = await importer.run(path, OPERATOR, on=on, report=report, reject=reject, dry=arguments.dry_run)
    for found in result.rejects:
        _complain(found)
    if result.resumed_after:
        _say(f"taken up after line {result.resumed_after:,}, where an earlier run ended")
    if arguments.dry_run:
        _say(f"checked, nothing stored: {result.rejected} rejected")
    else:
        _say(
            f"{result.stored} stored, {result.corrected} corrected, {result.unchanged} unchanged, "
            f"{result.refused} refused, {result.rejected} rejected"
        )
    if result.rejected:
        _say(f"correct and send again: {rejects}")
    return 1 if result.rejected or result.refused else 0


class Rejecting:
    """Writes rejected lines to a file, which is made with the first of them."""

    def __init__(self, source: Path, path: Path, stack: contextlib.ExitStack) -> None:
        self._source, self._path, self._stack = source, path, stack
        self._file: TextIO | None = None

    def __call__(self, reject: Reject) -> None:
        if self._file is None:
            self._file = self._stack.enter_context(rejects_writer(self._path, self._source))
        self._file.write(reject.raw if reject.raw.endswith("\n") or not reject.raw else reject.raw + "\n")


async def source(arguments: Namespace) -> int:
    """The register of reporting entities."""
    async with _existing(arguments.data_dir) as system:
        _say(await change_register(system, arguments))
    return 0


async def rescore_city(arguments: Namespace) -> int:
    """Reassess everybody as of a day; what an earlier run left undone is taken up."""
    from server.rescore.executors import executor  # here, because Arrow takes a while to load
    from server.rescore.run import rescore
    from server.rescore.worker import job_of

    async with _existing(arguments.data_dir) as system:
        job = job_of(system, arguments.as_of or day_of(system.clock()), arguments.data_dir)
        with progress() as report, executor(arguments.workers, arguments.dask) as workers:
            try:
                done = await rescore(system, workers, job, report, chunk=arguments.chunk)
            except (ValueError, OSError):
                raise
            except Exception as error:  # a process that was killed, a Dask worker that went away, the database
                raise Failure(
                    f"A worker failed ({type(error).__name__}). Run this again: it goes on where it stopped."
                ) from None
    _say(f"{done.citizens:,} citizens, {done.records:,} records, {done.changed:,} scores changed as of {job.as_of}")
    return 0


async def score(arguments: Namespace) -> int:
    """Assess one person's records offline, or say whether a statement is genuine for them."""
    if arguments.verify is not None:
        return await _verify(arguments.verify, arguments.records)
    scheme = load_scheme(arguments.scheme)
    records = await _one_persons_records(arguments.records, scheme)
    statement = assess(scheme, records, arguments.as_of, declined=frozenset(arguments.declined))
    _say(canonical_json(statement.to_json()).decode())
    return 0


async def _verify(path: Path, records_path: Path) -> int:
    try:
        printed = json.loads(await asyncio.to_thread(path.read_text, "utf-8"))
        claimed = Statement.from_json(printed)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Failure(f"{path} is no statement as `egret score` prints it.") from None
    scheme = load_scheme(claimed.scheme_id)
    records = await _one_persons_records(records_path, scheme)
    real = recomputed(scheme, records, claimed)
    faults = [name for name, value in real.to_json().items() if printed.get(name) != value]
    if not faults:
        _say(f"genuine: {real.value} on {real.as_of} by {real.scheme_id} {real.scheme_version}")
        return 0
    if "scheme" in faults:
        _say("not genuine: it was made with another version of the scheme than this one")
    else:
        _say(f"not genuine: {', '.join(faults)} differ; these records give {real.value} on {real.as_of}")
    return 1


async def _one_persons_records(path: Path, scheme: Scheme) -> list[Record]:
    lines = await asyncio.to_thread(lambda: list(read_file(path, scheme, on=date.max)))
    rejects = [line for line in lines if isinstance(line, Reject)]
    for reject in rejects:
        _complain(reject)
    if rejects:
        raise Failure(f"{len(rejects)} lines are no usable records; nothing was assessed.")
    if len({line.resident for line in lines if not isinstance(line, Reject)}) > 1:
        raise Failure("The file holds records of several people; give one person's.")
    return [line.record for line in lines if not isinstance(line, Reject)]


async def schema(arguments: Namespace) -> int:
    """Print the SDL, the trusted documents, or how it differs from an older one: fails on what breaks clients."""
    if arguments.manifest:
        _say(json.dumps(manifest(Settings().trusted_documents), ensure_ascii=False, indent=1))
        return 0
    if arguments.diff is None:
        sys.stdout.write(print_sdl())
        return 0
    older = await asyncio.to_thread(arguments.diff.read_text, "utf-8")
    try:
        found = compare(older, print_sdl(), announcements())
    except (GraphQLError, TypeError) as error:
        raise Failure(f"{arguments.diff} is no SDL: {str(error).splitlines()[0]}") from None
    for line in found.lines():
        _say(line)
    return 1 if found.breaking else 0


async def scheme(arguments: Namespace) -> int:
    """Check schemes, each finding with where and what to do; print their cards, or the TOML's JSON Schema."""
    if arguments.action == "impact":
        return await _impact(arguments)
    folders: list[Path] = arguments.folder or [SCHEMES_DIR / name for name in scheme_ids()]
    if arguments.action == "card":
        for folder in folders:
            await _card(load_scheme_folder(folder), arguments)
        return 0
    if arguments.action == "json-schema":
        _say(json.dumps(scheme_json_schema(), ensure_ascii=False, indent=1))
        return 0
    count = 0
    for folder in folders:
        findings = check_scheme(load_scheme_folder(folder))
        for finding in findings:
            _say(f"{folder.name}/{where(folder, finding.place)}: {finding.place}: {finding.text}")
        count += len(findings)
        _say(f"{folder.name}: {'no findings' if not findings else f'{len(findings)} findings'}")
    return 1 if count else 0


async def _impact(arguments: Namespace) -> int:
    """Run two versions over the city, and say who moves. Writes nothing but the page."""
    from server.impact.report import Report, publish

    old, new = (_scheme_at(name) for name in arguments.versions)
    found = await _compare(old, new, arguments)
    told = Report(found, old, new, arguments.language)
    sys.stdout.write(told.text())
    if arguments.html:
        await asyncio.to_thread(arguments.html.write_text, told.html(), "utf-8")
        _say(f"\n{arguments.html}")
    if arguments.publish:
        async with _existing(arguments.data_dir) as system:
            await publish(system, told)
        _say("\npublished on the steward's page")
    return 0


async def _card(scheme: Scheme, arguments: Namespace) -> None:
    """The public card; with the distribution of a city where one is named."""
    counts = None
    if arguments.data_dir or arguments.made_up:
        flows = (await _compare(scheme, scheme, arguments)).flows
        counts = {before: count for (before, _), count in flows.items()}
    _say(scheme_card(scheme, arguments.as_of or day_of(utc_now()), arguments.language, counts))


async def _compare(old: Scheme, new: Scheme, arguments: Namespace) -> Impact:
    from server.impact.city import over_made_up_people, over_the_city  # here, because Arrow takes a while to load

    as_of = arguments.as_of or day_of(utc_now())
    with progress() as report:
        if arguments.made_up:
            return over_made_up_people(old, new, as_of, arguments.made_up, report)
        async with _existing(arguments.data_dir) as system:
            return await over_the_city(system, old, new, as_of, report)


def _scheme_at(name: str) -> Scheme:
    """A scheme by its folder, or by the id of one that ships; a folder must pass the checker."""
    if not Path(name).is_dir():
        return load_scheme(name)
    scheme = load_scheme_folder(Path(name))
    if findings := check_scheme(scheme):
        raise Failure(f"{name} has {len(findings)} findings; see: egret scheme check --folder {name}")
    return scheme


async def audit_chain(arguments: Namespace) -> int:
    """Verify every audit chain; names the first broken link of each."""
    async with _existing(arguments.data_dir) as system:
        faults = await audit.verify(system.store)
        unsealed = await audit.verify_seals(system.store)
    for fault in faults:
        _say(f"{fault.chain}: broken at link {fault.seq}")
    for text in unsealed:
        _say(text)
    _say("every audit chain is whole" if not faults else f"{len(faults)} chains are broken")
    return 1 if faults or unsealed else 0


async def keys(arguments: Namespace) -> int:
    """Wrap every data key anew by the present master key; the audit chain says so."""
    async with _existing(arguments.data_dir) as system:
        with progress() as report:
            done = await rotate(system.store, system.settings.master_keys(), report)

        async def body(change: Change) -> Outcome:
            await change.audit("keys", "keys.rotated", {"rewrapped": done.done, "left": done.left})
            return {}

        await system.changes.run(OPERATOR, "rotate_keys", body)
    _say(f"{done.done:,} data keys wrapped anew")
    if done.left:
        raise Failure(f"{done.left:,} were made meanwhile by servers with the former master key. Run this again.")
    return 0


async def retention(arguments: Namespace) -> int:
    """Delete what has no reason to stay, or only count it."""
    async with _existing(arguments.data_dir) as system:
        gone = await Retention(system).run(dry=arguments.dry_run)
    for what, count in gone.items():
        _say(f"{what}: {count:,}")
    return 0


COMMANDS: dict[str, Callable[[Namespace], Coroutine[Any, Any, int]]] = {
    "demo": demo,
    "serve": serve,
    "worker": worker,
    "menu": menu,
    "scene": scene,
    "import": import_records,
    "source": source,
    "rescore": rescore_city,
    "score": score,
    "schema": schema,
    "scheme": scheme,
    "keys": keys,
    "retention": retention,
    "audit": audit_chain,
    "backup": backup,
    "restore": restore,
}


@contextlib.asynccontextmanager
async def _existing(data_dir: Path | None) -> AsyncIterator[System]:
    """The system of the settings, or the demo's where its folder is given."""
    given = data_dir is not None
    settings = demo_settings(Settings(demo=True, data_dir=data_dir), port=0) if given else real_settings()
    async with open_system(settings) as system:
        yield system


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket that says it is TCP: only then does asyncio switch off Nagle's algorithm.

    Without that, each answer waits up to 40 ms for the reader's delayed acknowledgement.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(1024)
        return listening
    except OSError as error:
        listening.close()
        raise Failure(f"Cannot listen on {host}:{port} ({error.strerror}); choose another --port.") from None


async def _serve(app: Any, listening: socket.socket) -> None:
    """Uvicorn with httptools, on the loop that the command runs on."""
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=streams.MOST_MESSAGE,
        ws_per_message_deflate=False,  # each stream would keep a window of its own in memory
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    gc.collect()
    gc.freeze()  # schema, scheme and libraries stay: looking through them again made answers late
    server = _Server(config)
    await server.serve(sockets=[listening])


class _Server(uvicorn.Server):
    """Uvicorn that leaves the end of the process to us, so that everything else closes in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        def stop() -> None:
            self.should_exit = True

        _on_stop(stop)
        yield


def _on_stop(stop: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    for number in _STOPPING:
        loop.add_signal_handler(number, stop)


def _demo_text(settings: Settings, system: System, secrets: dict[str, str]) -> str:
    people = "\n".join(f"    {p.name}  {p.id_number}  {p.phone}" for p in ready_people(REGIONS[system.scheme.id]))
    partner = system.scheme.benefits[0].partner
    return f"""
{system.scheme.name.zh} · {system.scheme.name.en}: a synthetic city; every person is made up.

  Chat      {settings.base_url}/simulator
  Desk      {settings.base_url}/desk
  GraphQL   {settings.base_url}/graphql
  GraphiQL  {settings.base_url}/graphiql

  People to try (name, ID number, phone):
{people}

  Desk accounts:
    agent     {secrets["agent_password"]}
    approver  {secrets["approver_password"]}
    steward   {secrets["steward_password"]}
    auditor   {secrets["auditor_password"]}

  Partner key ({partner}):
    {partner_key(secrets, partner)}
  Source key ({DEMO_SOURCE}; each of the {COUNT} entities has one that ends with its code):
    {source_key(secrets, DEMO_SOURCE)}

  Ctrl-C stops everything; the data stays in {settings.data_dir}.
"""


def _complain(reject: Reject) -> None:
    print(f"line {reject.line}: {reject.reason}: {reject.text}", file=sys.stderr)  # noqa: T201


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201
