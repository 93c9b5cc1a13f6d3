"""The parts by which a person is told something."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from bot.wechat.client import WeChatClient
from bot.wechat.templates import Templates
from server.container.foundation import Foundation, mini_program
from server.disputes.told import DECISIONS, DecisionRead, DecisionTold
from server.notices.delivery import Delivery
from server.notices.quotas import Quotas
from server.notices.service import NoticeService
from server.notices.ways import Ways
from server.notices.windows import MessagingWindows
from server.platform.core.access_tokens import AccessTokens
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Telling:
    """How word reaches a person."""

    delivery: Delivery
    notices: NoticeService
    decision_read: DecisionRead


def wire_telling(base: Foundation) -> Telling:
    """Notices, and every way that they go."""
    ways = Ways(
        settings=base.settings,
        outbox=base.outbox,
        windows=MessagingWindows(base.store, base.clock),
        wechat=base.wechat,
        mini_program=_mini_client(
            base.settings,
            base.http,
            AccessTokens(base.store, base.clock, base.signed_tokens, base.settings.miniapp_app_id),
        ),
        templates=Templates(base.settings.wechat_templates),
        mini_templates=base.mini_templates,
        quotas=Quotas(base.throttle, base.clock, base.settings),
        http=base.http,
    )
    decision_told, decision_read = DecisionTold(base.store), DecisionRead(base.store)
    delivery = Delivery(
        store=base.store,
        vault=base.vault,
        clock=base.clock,
        contacts=base.contacts,
        ways=ways,
        told=dict.fromkeys(DECISIONS, decision_told),
    )
    notices = NoticeService(
        store=base.store,
        vault=base.vault,
        clock=base.clock,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        delivery=delivery,
    )
    return Telling(
        delivery=delivery,
        notices=notices,
        decision_read=decision_read,
    )


def _mini_client(settings: Settings, http: httpx.AsyncClient, tokens: AccessTokens) -> WeChatClient | None:
    """The API of the mini-program, which has access tokens of its own; None where a city has none."""
    app = mini_program(settings)
    if app is None:
        return None
    return WeChatClient(
        http, settings.wechat_api_base, settings.wechat_open_base, tokens, account=app, mini_program=app
    )
