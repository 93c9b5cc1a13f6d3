"""`node`: each thing that has a global id, for those who may see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from schema.api.citizen import Citizen
from schema.api.context import Context
from schema.types.connection import Node, kind_and_key
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Principal, Scope

Fetch = Callable[[Context, str], Awaitable[Node | None]]


async def node(context: Context, id: str) -> Node | None:
    """What has this id; None where there is nothing, or nothing that they may see.

    Raises Refused (NOT_SIGNED_IN, FORBIDDEN) where the kind of thing is for others.
    """
    kind, key = kind_and_key(id)
    fetch = _FETCHERS.get(kind)
    if fetch is None:
        return None
    try:
        return await fetch(context, key)
    except Refused as refused:
        if refused.code in (RefusalCode.NOT_FOUND, RefusalCode.NOT_ENROLLED):
            return None
        raise


def _own(read: str, of: str) -> Fetch:
    """Something of the citizen who asks, by the method `read` of the service `of`."""

    async def fetch(context: Context, key: str) -> Node | None:
        method = getattr(getattr(context.services, of), read)
        return cast(Node, await method(context.as_citizen().principal, key))

    return fetch


def _myself(actor: Principal, key: str) -> Principal | None:
    return actor if actor.id == key else None


async def _citizen(context: Context, key: str) -> Node | None:
    me = _myself(context.as_citizen().principal, key)
    return None if me is None else Citizen.of(me)


async def _score(context: Context, key: str) -> Node | None:
    me = _myself(context.as_citizen().principal, key)
    return None if me is None else await context.services.scores.current(me)


async def _case(context: Context, key: str) -> Node | None:
    return await context.services.desk.case(context.as_desk().principal, key)


async def _inquiry(context: Context, key: str) -> Node | None:
    return await context.services.inquiries.one(context.as_source(Scope.ANSWER_INQUIRIES).principal, key)


async def _source_repair(context: Context, key: str) -> Node | None:
    actor = context.as_source(Scope.REPAIR_RECORDS).principal
    return await context.services.repair_answers.one_for_source(actor, key)


async def _repair_case(context: Context, key: str) -> Node | None:
    return await context.services.repair_answers.case(context.as_desk().principal, key)


async def _webhook(context: Context, key: str) -> Node | None:
    return await context.services.webhooks.one(context.as_institution(Scope.MANAGE_WEBHOOKS).principal, key)


async def _webhook_event(context: Context, key: str) -> Node | None:
    return await context.services.webhooks.event(context.as_institution(Scope.MANAGE_WEBHOOKS).principal, key)


async def _impact_report(context: Context, key: str) -> Node | None:
    return await context.services.figures.impact(context.as_steward().principal, key)


async def _scheme(context: Context, key: str) -> Node | None:
    scheme = context.services.programme.scheme()
    return scheme if scheme.key == key else None


async def _rule(context: Context, key: str) -> Node | None:
    return context.services.programme.rule_of(key)


async def _benefit(context: Context, key: str) -> Node | None:
    return context.services.benefits.benefit(key)


_FETCHERS: dict[str, Fetch] = {
    "Citizen": _citizen,
    "Score": _score,
    "CreditRecord": _own("record", "records"),
    "Pass": _own("one_pass", "benefits"),
    "Dispute": _own("one", "disputes"),
    "Evidence": _own("one", "evidence"),
    "Case": _case,
    "SourceInquiry": _inquiry,
    "RepairApplication": _own("one", "repairs"),
    "SourceRepair": _source_repair,
    "RepairCase": _repair_case,
    "ImpactReport": _impact_report,
    "Webhook": _webhook,
    "WebhookEvent": _webhook_event,
    "Scheme": _scheme,
    "Rule": _rule,
    "Benefit": _benefit,
}
KINDS: frozenset[str] = frozenset(_FETCHERS)
