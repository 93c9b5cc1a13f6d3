"""The whole of Egret, wired: one place where every part meets its neighbours."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx

from bot.wechat.client import App, WeChatClient
from bot.wechat.templates import Templates
from schema.api.building import build_schema
from schema.api.context import Context
from schema.api.services import Services
from schema.engine.execution import EgretSchema
from schema.types.principal import Caller
from scoring.scheme import Scheme
from server.auth.identity_providers import IdentityProviders
from server.auth.service import SessionService
from server.auth.staff.repository import people_behind
from server.auth.staff.service import StaffService, staff_service
from server.benefits.service import BenefitService
from server.citizens.access_log import AccessLog
from server.citizens.contacts import Contacts
from server.citizens.doors import Doors
from server.citizens.linking import AccountLinking
from server.citizens.residents.register import DigestRegister
from server.citizens.residents.remote import RemoteRegister
from server.citizens.service import Citizens
from server.container.collections import COLLECTIONS, INDEXES, OWNED
from server.disputes.check_codes import LetterChecks
from server.disputes.complaints import ComplaintService
from server.disputes.desk import DeskService
from server.disputes.evidence import EvidenceService
from server.disputes.letter import LetterService
from server.disputes.service import DisputeService
from server.disputes.steps import Steps
from server.disputes.told import DECISIONS, DecisionRead, DecisionTold
from server.disputes.updates import UpdateService
from server.enrolment.binding import BindingService
from server.enrolment.checks import Checks
from server.enrolment.export import ExportService
from server.enrolment.looks.answering import LookAnswers
from server.enrolment.looks.staff_log import StaffLog
from server.enrolment.moves import MoveService
from server.enrolment.participation import ParticipationService
from server.enrolment.record_checks import RecordChecks
from server.enrolment.residence import ResidenceService
from server.enrolment.service import EnrolmentService
from server.enrolment.sign_in_reports import SignInReports
from server.notices.delivery import Delivery
from server.notices.quotas import Quotas
from server.notices.service import NoticeService
from server.notices.ways import Ways
from server.notices.windows import MessagingWindows
from server.notices.writer import NoticeWriter
from server.platform.core.access_tokens import AccessTokens
from server.platform.core.admission import Admission
from server.platform.core.budget import Budget
from server.platform.core.drafts import Drafts
from server.platform.core.in_force import SchemeInForce
from server.platform.core.outbox import Outbox
from server.platform.core.throttle import Throttle
from server.platform.core.unit_of_work import UnitOfWork
from server.platform.crypto.signed_tokens import SignedTokens
from server.platform.crypto.vault import Vault
from server.platform.db import LAYOUT, Commands, Layouts, Store, open_store, prepare
from server.platform.db.embedded import embedded_mongod
from server.platform.db.migrating import expand
from server.platform.db.processes import announced
from server.platform.kit.clock import Clock, utc_now
from server.platform.kit.egress import Egress
from server.platform.kit.scanner import Scanner
from server.platform.observability.health import Heartbeats
from server.platform.observability.metrics import OperationLabels
from server.platform.observability.watch import CommandWatch, OperationWatch
from server.platform.sandbox.helpers import Helpers
from server.platform.sandbox.sandbox import Sandbox
from server.platform.webhooks.publishing import Publisher
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
from server.sources.holding import Holding
from server.sources.inquiries import InquiryService
from server.sources.register import SourceRegister
from server.sources.repairs.answering import RepairAnswers
from server.sources.repairs.service import RepairService
from server.sources.repairs.steps import RepairSteps
from server.sources.service import ReportService
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
    sandbox = Sandbox(helpers or Helpers())
    in_force = SchemeInForce(scheme or settings.load_scheme())
    if schema is None:
        schema = schema_for(settings)
    vault = Vault(
        store,
        master_keys=settings.master_keys(),
        index_key=settings.index_key.get_secret_value(),
    )
    heartbeats = Heartbeats()
    outbox = Outbox(store, vault, clock, heartbeats)
    throttle = Throttle(store, clock)
    unit_of_work = UnitOfWork(store, vault, outbox, clock, throttle, layouts or Layouts())
    mini_templates = Templates(settings.miniapp_templates)
    citizens = Citizens(store, vault, NoticeWriter(vault, mini_templates.subscriptions))
    contacts = Contacts(store, vault, clock, OWNED, in_force)
    register = DigestRegister(store, vault, citizens)
    signed_tokens = SignedTokens(store, clock, settings.base_url, settings.token_key.get_secret_value())
    wechat = WeChatClient(
        http,
        settings.wechat_api_base,
        settings.wechat_open_base,
        AccessTokens(store, clock, signed_tokens, settings.wechat_app_id),
        account=App(settings.wechat_app_id, settings.wechat_app_secret.get_secret_value()),
        mini_program=_mini_program(settings),
    )
    ways = Ways(
        settings=settings,
        outbox=outbox,
        windows=MessagingWindows(store, clock),
        wechat=wechat,
        mini_program=_mini_client(settings, http, AccessTokens(store, clock, signed_tokens, settings.miniapp_app_id)),
        templates=Templates(settings.wechat_templates),
        mini_templates=mini_templates,
        quotas=Quotas(throttle, clock, settings),
        http=http,
    )
    decision_told, decision_read = DecisionTold(store), DecisionRead(store)
    delivery = Delivery(
        store=store,
        vault=vault,
        clock=clock,
        contacts=contacts,
        ways=ways,
        told=dict.fromkeys(DECISIONS, decision_told),
    )
    notices = NoticeService(
        store=store, vault=vault, clock=clock, unit_of_work=unit_of_work, citizens=citizens, delivery=delivery
    )
    admission = Admission(schema.documents, Budget(store, clock, vault, settings.api_budget))
    assessor = Assessor(store, vault, in_force, citizens)
    access_log = AccessLog(unit_of_work, clock)
    publisher = Publisher(vault)
    steps = Steps(vault, in_force, citizens, assessor, publisher)
    scores = ScoreService(
        store=store,
        scheme=in_force,
        clock=clock,
        unit_of_work=unit_of_work,
        citizens=citizens,
        assessor=assessor,
        access_log=access_log,
    )
    sign_in_reports = SignInReports(store=store, vault=vault, clock=clock, unit_of_work=unit_of_work, contacts=contacts)
    checks = Checks(
        store=store,
        vault=vault,
        unit_of_work=unit_of_work,
        citizens=citizens,
        contacts=contacts,
        records=RecordChecks(vault, in_force, assessor),
        reports=sign_in_reports,
    )
    deliveries = Deliveries(
        store=store,
        vault=vault,
        unit_of_work=unit_of_work,
        citizens=citizens,
        holding=Holding(in_force, citizens, checks.ask_about_held),
    )
    sources = SourceRegister(store, in_force, clock)
    repair_steps = RepairSteps(vault, in_force, citizens, assessor, publisher)
    reports = ReportService(
        vault=vault,
        scheme=in_force,
        clock=clock,
        unit_of_work=unit_of_work,
        citizens=citizens,
        assessor=assessor,
        deliveries=deliveries,
        register=sources,
        steps=steps,
        repairs=repair_steps,
    )
    evidence = EvidenceService(
        store=store,
        vault=vault,
        clock=clock,
        unit_of_work=unit_of_work,
        citizens=citizens,
        throttle=throttle,
        signed_tokens=signed_tokens,
        fetch=wechat.media,
        scanner=Scanner(settings.scanner),
        sandbox=sandbox,
        admission=admission,
    )
    letters = LetterService(
        store=store,
        vault=vault,
        scheme=in_force,
        unit_of_work=unit_of_work,
        citizens=citizens,
        signed_tokens=signed_tokens,
        evidence=evidence,
        clock=clock,
        decision_read=decision_read,
        checks=LetterChecks(store=store, vault=vault, scheme=in_force, throttle=throttle),
    )
    complaints = ComplaintService(
        store=store,
        vault=vault,
        scheme=in_force,
        unit_of_work=unit_of_work,
        citizens=citizens,
        evidence=evidence,
        steps=steps,
        reporters=sources,
    )
    disputes = DisputeService(
        store=store,
        vault=vault,
        scheme=in_force,
        clock=clock,
        unit_of_work=unit_of_work,
        citizens=citizens,
        assessor=assessor,
        evidence=evidence,
        letters=letters,
        steps=steps,
        complaints=complaints,
        decision_read=decision_read,
    )
    desk = DeskService(
        store=store,
        vault=vault,
        scheme=in_force,
        clock=clock,
        unit_of_work=unit_of_work,
        citizens=citizens,
        assessor=assessor,
        evidence=evidence,
        steps=steps,
    )
    inquiries = InquiryService(
        store=store,
        vault=vault,
        scheme=in_force,
        unit_of_work=unit_of_work,
        evidence=evidence,
        register=sources,
        steps=steps,
    )
    repairs = RepairService(
        store=store,
        vault=vault,
        scheme=in_force,
        clock=clock,
        unit_of_work=unit_of_work,
        citizens=citizens,
        evidence=evidence,
        steps=repair_steps,
    )
    repair_answers = RepairAnswers(
        store=store,
        vault=vault,
        scheme=in_force,
        clock=clock,
        unit_of_work=unit_of_work,
        evidence=evidence,
        steps=repair_steps,
        reports=reports,
    )
    moves = MoveService(
        store=store,
        vault=vault,
        clock=clock,
        unit_of_work=unit_of_work,
        citizens=citizens,
        contacts=contacts,
        checks=checks,
    )
    bindings = BindingService(
        store=store,
        vault=vault,
        scheme=in_force,
        clock=clock,
        unit_of_work=unit_of_work,
        citizens=citizens,
        contacts=contacts,
        throttle=throttle,
        signed_tokens=signed_tokens,
        register=_register_of(settings, http, clock) or register,
        assessor=assessor,
        checks=checks,
        moves=moves,
    )
    enrolments = EnrolmentService(
        store=store,
        vault=vault,
        scheme=in_force,
        clock=clock,
        unit_of_work=unit_of_work,
        citizens=citizens,
        contacts=contacts,
        signed_tokens=signed_tokens,
        assessor=assessor,
        evidence=evidence,
        steps=steps,
        repairs=repair_steps,
        owned=OWNED,
    )
    residences = ResidenceService(
        store=store, vault=vault, unit_of_work=unit_of_work, citizens=citizens, assessor=assessor, checks=checks
    )
    looks = LookAnswers(
        store=store, vault=vault, scheme=in_force, clock=clock, unit_of_work=unit_of_work, citizens=citizens
    )
    participations = ParticipationService(unit_of_work=unit_of_work, citizens=citizens, assessor=assessor)
    benefits = BenefitService(
        store=store,
        vault=vault,
        scheme=in_force,
        clock=clock,
        unit_of_work=unit_of_work,
        citizens=citizens,
        scores=scores,
        publisher=publisher,
    )
    exports = ExportService(
        store=store,
        vault=vault,
        clock=clock,
        unit_of_work=unit_of_work,
        citizens=citizens,
        admission=admission,
        assessor=assessor,
        evidence=evidence,
        owned=OWNED,
    )
    what_if = WhatIfService(scheme=in_force, clock=clock, citizens=citizens, assessor=assessor, access_log=access_log)
    staff = staff_service(
        store,
        unit_of_work,
        throttle,
        signed_tokens,
        vault,
        clock,
        http,
        token_key=settings.token_key.get_secret_value(),
        registration=settings.oidc(),
        local=settings.local_sign_in,
    )
    linking = AccountLinking(store, unit_of_work, citizens)
    providers = IdentityProviders(http, settings.providers(), signed_tokens, clock)
    sessions = SessionService(
        store,
        citizens,
        contacts,
        staff,
        clock,
        signed_tokens=signed_tokens,
        exchange_code=wechat.account_of,
        providers=providers,
        linking=linking,
        doors=Doors(vault, unit_of_work, citizens),
    )
    updates = UpdateService(store, disputes, scores)
    versions = SchemeVersions(store, unit_of_work, clock, in_force, people_behind)
    services = Services(
        sessions=sessions,
        bindings=bindings,
        moves=moves,
        checks=checks,
        notices=notices,
        enrolments=enrolments,
        residences=residences,
        participations=participations,
        looks=looks,
        staff_log=StaffLog(store),
        scores=scores,
        what_if=what_if,
        records=RecordService(scheme=in_force, clock=clock, assessor=assessor, access_log=access_log, scores=scores),
        reports=reports,
        benefits=benefits,
        disputes=disputes,
        evidence=evidence,
        desk=desk,
        inquiries=inquiries,
        repairs=repairs,
        repair_answers=repair_answers,
        letters=letters,
        figures=StatisticsService(store=store, scheme=in_force, clock=clock),
        programme=ProgrammeService(in_force, clock),
        versions=versions,
        webhooks=WebhookService(store=store, vault=vault, clock=clock, unit_of_work=unit_of_work, publisher=publisher),
        updates=updates,
    )
    return Container(
        settings=settings,
        store=store,
        vault=vault,
        clock=clock,
        in_force=in_force,
        versions=versions,
        citizens=citizens,
        contacts=contacts,
        delivery=delivery,
        linking=linking,
        register=register,
        outbox=outbox,
        unit_of_work=unit_of_work,
        assessor=assessor,
        deliveries=deliveries,
        staff=staff,
        sessions=sessions,
        providers=providers,
        enrolments=enrolments,
        residences=residences,
        checks=checks,
        sign_in_reports=sign_in_reports,
        looks=looks,
        disputes=disputes,
        repairs=repairs,
        evidence=evidence,
        exports=exports,
        scores=scores,
        services=services,
        updates=updates,
        schema=schema,
        admission=admission,
        wechat=wechat,
        signed_tokens=signed_tokens,
        drafts=Drafts(store, clock, throttle, settings.token_key.get_secret_value()),
        sandbox=sandbox,
        http=http,
        watch=OperationWatch(OperationLabels(schema.documents.trusted_names)),
        heartbeats=heartbeats,
    )


def _register_of(settings: Settings, http: httpx.AsyncClient, clock: Clock) -> RemoteRegister | None:
    """The city's own service as the register; None where the register is delivered as files."""
    if settings.register_url is None:
        return None
    return RemoteRegister(http, settings.register_url, settings.register_secret.get_secret_value(), clock)


def _mini_client(settings: Settings, http: httpx.AsyncClient, tokens: AccessTokens) -> WeChatClient | None:
    """The API of the mini-program, which has access tokens of its own; None where a city has none."""
    app = _mini_program(settings)
    if app is None:
        return None
    return WeChatClient(
        http, settings.wechat_api_base, settings.wechat_open_base, tokens, account=app, mini_program=app
    )


def _mini_program(settings: Settings) -> App | None:
    """The mini-program beside the public account; None where a city has none."""
    app_id, secret = settings.miniapp_app_id, settings.miniapp_app_secret.get_secret_value()
    return App(app_id, secret) if app_id else None
