"""What nearly every part of Egret is made of: database, keys, clock, citizens, WeChat."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from bot.wechat.client import App, WeChatClient
from bot.wechat.templates import Templates
from schema.engine.execution import EgretSchema
from scoring.scheme import Scheme
from server.citizens.access_log import AccessLog
from server.citizens.contacts import Contacts
from server.citizens.residents.register import DigestRegister
from server.citizens.service import Citizens
from server.container.collections import OWNED
from server.notices.writer import NoticeWriter
from server.platform.core.access_tokens import AccessTokens
from server.platform.core.admission import Admission
from server.platform.core.budget import Budget
from server.platform.core.in_force import SchemeInForce
from server.platform.core.outbox import Outbox
from server.platform.core.throttle import Throttle
from server.platform.core.unit_of_work import UnitOfWork
from server.platform.crypto.signed_tokens import SignedTokens
from server.platform.crypto.vault import Vault
from server.platform.db import Layouts, Store
from server.platform.kit.clock import Clock
from server.platform.observability.health import Heartbeats
from server.platform.sandbox.helpers import Helpers
from server.platform.sandbox.sandbox import Sandbox
from server.platform.webhooks.publishing import Publisher
from server.scores.assessor import Assessor
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Foundation:
    """What nearly every part uses."""

    settings: Settings
    store: Store
    http: httpx.AsyncClient
    clock: Clock
    in_force: SchemeInForce
    schema: EgretSchema
    sandbox: Sandbox
    vault: Vault
    heartbeats: Heartbeats
    outbox: Outbox
    throttle: Throttle
    unit_of_work: UnitOfWork
    mini_templates: Templates
    citizens: Citizens
    contacts: Contacts
    register: DigestRegister
    signed_tokens: SignedTokens
    wechat: WeChatClient
    admission: Admission
    assessor: Assessor
    access_log: AccessLog
    publisher: Publisher


def wire_foundation(
    settings: Settings,
    store: Store,
    http: httpx.AsyncClient,
    clock: Clock,
    layouts: Layouts,
    schema: EgretSchema,
    helpers: Helpers,
    scheme: Scheme,
) -> Foundation:
    """Over an open database, before any feature."""
    sandbox = Sandbox(helpers)
    in_force = SchemeInForce(scheme)
    vault = Vault(
        store,
        master_keys=settings.master_keys(),
        index_key=settings.index_key.get_secret_value(),
    )
    heartbeats = Heartbeats()
    outbox = Outbox(store, vault, clock, heartbeats)
    throttle = Throttle(store, clock)
    unit_of_work = UnitOfWork(store, vault, outbox, clock, throttle, layouts)
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
        mini_program=mini_program(settings),
    )
    admission = Admission(schema.documents, Budget(store, clock, vault, settings.api_budget))
    assessor = Assessor(store, vault, in_force, citizens)
    access_log = AccessLog(unit_of_work, clock)
    publisher = Publisher(vault)
    return Foundation(
        settings=settings,
        store=store,
        http=http,
        clock=clock,
        in_force=in_force,
        schema=schema,
        sandbox=sandbox,
        vault=vault,
        heartbeats=heartbeats,
        outbox=outbox,
        throttle=throttle,
        unit_of_work=unit_of_work,
        mini_templates=mini_templates,
        citizens=citizens,
        contacts=contacts,
        register=register,
        signed_tokens=signed_tokens,
        wechat=wechat,
        admission=admission,
        assessor=assessor,
        access_log=access_log,
        publisher=publisher,
    )


def mini_program(settings: Settings) -> App | None:
    """The mini-program beside the public account; None where a city has none."""
    app_id, secret = settings.miniapp_app_id, settings.miniapp_app_secret.get_secret_value()
    return App(app_id, secret) if app_id else None
