"""The whole of Egret, wired: one place where every part meets its neighbours."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx

from bot.wechat.client import WeChatClient
from schema.api.building import build_schema
from schema.api.context import Context
from schema.api.services import Services
from schema.engine.execution import EgretSchema
from schema.types.principal import Caller
from scoring.scheme import Scheme
from server.auth.identity_providers import IdentityProviders
from server.auth.service import SessionService
from server.auth.staff.repository import people_behind
from server.auth.staff.service import StaffService
from server.benefits.service import BenefitService
from server.citizens.contacts import Contacts
from server.citizens.linking import AccountLinking
from server.citizens.residents.register import DigestRegister
from server.citizens.service import Citizens
from server.container.cases import wire_cases
from server.container.collections import COLLECTIONS, INDEXES
from server.container.foundation import wire_foundation
from server.container.people import wire_people
from server.container.telling import wire_telling
from server.disputes.evidence import EvidenceService
from server.disputes.service import DisputeService
from server.disputes.updates import UpdateService
from server.enrolment.checks import Checks
from server.enrolment.export import ExportService
from server.enrolment.looks.answering import LookAnswers
from server.enrolment.looks.staff_log import StaffLog
from server.enrolment.residence import ResidenceService
from server.enrolment.service import EnrolmentService
from server.enrolment.sign_in_reports import SignInReports
from server.notices.delivery import Delivery
from server.platform.core.admission import Admission
from server.platform.core.drafts import Drafts
from server.platform.core.in_force import SchemeInForce
from server.platform.core.outbox import Outbox
from server.platform.core.unit_of_work import UnitOfWork
from server.platform.crypto.signed_tokens import SignedTokens
from server.platform.crypto.vault import Vault
from server.platform.db import LAYOUT, Commands, Layouts, Store, open_store, prepare
from server.platform.db.embedded import embedded_mongod
from server.platform.db.migrating import expand
from server.platform.db.processes import announced
from server.platform.kit.clock import Clock, utc_now
from server.platform.kit.egress import Egress
from server.platform.observability.health import Heartbeats
from server.platform.observability.metrics import OperationLabels
from server.platform.observability.watch import CommandWatch, OperationWatch
from server.platform.sandbox.helpers import Helpers
from server.platform.sandbox.sandbox import Sandbox
from server.platform.webhooks.service import WebhookService
from server.scores.assessor import Assessor
from server.scores.programme import ProgrammeService
from server.scores.records import RecordService
from server.scores.service import ScoreService
from server.scores.versions.following import following
from server.scores.versions.service import SchemeVersions
from server.scores.what_if import WhatIfService
from server.settings import Settings
from server.settings.trusted_documents import manifest
from server.sources.deliver import Deliveries
from server.sources.repairs.service import RepairService
from server.statistics.service import StatisticsService

log = logging.getLogger("egret.layout")
_HTTP_TIMEOUT = httpx.Timeout(10.0, connect=3.0)


@dataclass(frozen=True, slots=True)
class Container:
    """Every part that something outside needs: the app, the workers, the commands, tests."""

    settings: Settings
    store: Store
    vault: Vault
    clock: Clock
    in_force: SchemeInForce
    versions: SchemeVersions
    citizens: Citizens
    contacts: Contacts
    delivery: Delivery
    linking: AccountLinking
    register: DigestRegister
    outbox: Outbox
    unit_of_work: UnitOfWork
    assessor: Assessor
    deliveries: Deliveries
    staff: StaffService
    sessions: SessionService
    providers: IdentityProviders
    enrolments: EnrolmentService
    residences: ResidenceService
    checks: Checks
    sign_in_reports: SignInReports
    looks: LookAnswers
    disputes: DisputeService
    repairs: RepairService
    scores: ScoreService
    evidence: EvidenceService
    exports: ExportService
    services: Services
    updates: UpdateService
    schema: EgretSchema
    admission: Admission
    wechat: WeChatClient
    signed_tokens: SignedTokens
    drafts: Drafts
    sandbox: Sandbox
    http: httpx.AsyncClient
    watch: OperationWatch
    heartbeats: Heartbeats

    @property
    def scheme(self) -> Scheme:
        """The scheme in force."""
        return self.in_force.scheme

    def context(self, caller: Caller, language: str = "zh") -> Context:
        """What a resolver gets to know."""
        return Context(self.services, caller, self.watch, language)


@contextlib.asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Store]:
    """The database that the settings name, or the embedded one, as it is."""
    async with contextlib.AsyncExitStack() as stack:
        uri = settings.mongodb_uri.get_secret_value() if settings.mongodb_uri else None
        if uri is None:
            uri = await stack.enter_async_context(embedded_mongod(settings.data_dir))
        listeners = [Commands(CommandWatch(), COLLECTIONS)] if settings.watched else []
        store = open_store(uri, settings.database, settings.mongo_driver, listeners)
        stack.push_async_callback(store.close)
        yield store


@contextlib.asynccontextmanager
async def open_container(
    settings: Settings, clock: Clock = utc_now, *, announce_as: str = "command"
) -> AsyncIterator[Container]:
    """Everything, on the database that the settings name or on the embedded one; the process announces itself.

    The demo expands its database by itself. Elsewhere it is used as it is: code reads and writes what its layout
    bears, and is not ready before `egret migrate --expand`.

    Raises:
        LayoutError: the database was contracted beyond what this code knows.
    """
    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_database(settings))
        layouts = Layouts(await prepare(store, INDEXES))
        if settings.demo:
            await expand(store, INDEXES)
        elif layouts.state.version < LAYOUT:
            log.warning("the database has layout %d of %d: egret migrate --expand", layouts.state.version, LAYOUT)
        await stack.enter_async_context(announced(store, announce_as, layouts))
        egress = Egress(httpx.AsyncHTTPTransport(), settings.asked_addresses)
        client = httpx.AsyncClient(transport=egress, timeout=_HTTP_TIMEOUT, trust_env=False)
        http = await stack.enter_async_context(client)
        container = build_container(settings, store, http, clock, layouts)
        stack.callback(container.sandbox.close)
        stack.push_async_callback(container.vault.close)
        stack.push_async_callback(container.updates.close)
        await container.versions.follow()
        if announce_as != "command":
            await stack.enter_async_context(following(container.versions))
        yield container


def schema_for(settings: Settings) -> EgretSchema:
    """The schema with the documents that the settings trust."""
    return build_schema(introspection=settings.demo, trusted=manifest(settings.trusted_documents))


def build_container(
    settings: Settings,
    store: Store,
    http: httpx.AsyncClient,
    clock: Clock,
    layouts: Layouts | None = None,
    schema: EgretSchema | None = None,
    helpers: Helpers | None = None,
    scheme: Scheme | None = None,
) -> Container:
    """Wire the parts over an open database; without `layouts` it has nothing old.

    `schema` is one for these settings that was built before: it takes half a second; so do `helpers`. `scheme`
    is another than the settings name.
    """
    base = wire_foundation(
        settings,
        store,
        http,
        clock,
        layouts or Layouts(),
        schema or schema_for(settings),
        helpers or Helpers(),
        scheme or settings.load_scheme(),
    )
    telling = wire_telling(base)
    cases = wire_cases(base, telling)
    people = wire_people(base, cases)
    scores = ScoreService(
        store=base.store,
        scheme=base.in_force,
        clock=base.clock,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        assessor=base.assessor,
        access_log=base.access_log,
    )
    benefits = BenefitService(
        store=base.store,
        vault=base.vault,
        scheme=base.in_force,
        clock=base.clock,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        scores=scores,
        publisher=base.publisher,
    )
    what_if = WhatIfService(
        scheme=base.in_force,
        clock=base.clock,
        citizens=base.citizens,
        assessor=base.assessor,
        access_log=base.access_log,
    )
    updates = UpdateService(base.store, cases.disputes, scores)
    versions = SchemeVersions(base.store, base.unit_of_work, base.clock, base.in_force, people_behind)
    services = Services(
        sessions=people.sessions,
        bindings=people.bindings,
        moves=people.moves,
        checks=cases.checks,
        notices=telling.notices,
        enrolments=people.enrolments,
        residences=people.residences,
        participations=people.participations,
        looks=people.looks,
        staff_log=StaffLog(base.store),
        scores=scores,
        what_if=what_if,
        records=RecordService(
            scheme=base.in_force, clock=base.clock, assessor=base.assessor, access_log=base.access_log, scores=scores
        ),
        reports=cases.reports,
        benefits=benefits,
        disputes=cases.disputes,
        evidence=cases.evidence,
        desk=cases.desk,
        inquiries=cases.inquiries,
        repairs=cases.repairs,
        repair_answers=cases.repair_answers,
        letters=cases.letters,
        figures=StatisticsService(store=base.store, scheme=base.in_force, clock=base.clock),
        programme=ProgrammeService(base.in_force, base.clock),
        versions=versions,
        webhooks=WebhookService(
            store=base.store,
            vault=base.vault,
            clock=base.clock,
            unit_of_work=base.unit_of_work,
            publisher=base.publisher,
        ),
        updates=updates,
    )
    return Container(
        settings=base.settings,
        store=base.store,
        vault=base.vault,
        clock=base.clock,
        in_force=base.in_force,
        versions=versions,
        citizens=base.citizens,
        contacts=base.contacts,
        delivery=telling.delivery,
        linking=people.linking,
        register=base.register,
        outbox=base.outbox,
        unit_of_work=base.unit_of_work,
        assessor=base.assessor,
        deliveries=cases.deliveries,
        staff=people.staff,
        sessions=people.sessions,
        providers=people.providers,
        enrolments=people.enrolments,
        residences=people.residences,
        checks=cases.checks,
        sign_in_reports=cases.sign_in_reports,
        looks=people.looks,
        disputes=cases.disputes,
        repairs=cases.repairs,
        evidence=cases.evidence,
        exports=people.exports,
        scores=scores,
        services=services,
        updates=updates,
        schema=base.schema,
        admission=base.admission,
        wechat=base.wechat,
        signed_tokens=base.signed_tokens,
        drafts=Drafts(base.store, base.clock, base.throttle, base.settings.token_key.get_secret_value()),
        sandbox=base.sandbox,
        http=base.http,
        watch=OperationWatch(OperationLabels(base.schema.documents.trusted_names)),
        heartbeats=base.heartbeats,
    )
