"""`me`: everything about the citizen who asks, and nothing about anyone else."""

from __future__ import annotations

import strawberry

from schema.api.context import Info
from schema.types.benefit import MyBenefit, Pass
from schema.types.connection import Connection, Node, Page, connect_all, global_id
from schema.types.dispute import CreditRecord, Dispute
from schema.types.enrolment import AccessEntry, Consent, Enrolment, LinkedAccount, OptionalItem, Residence
from schema.types.look import LookedBy
from schema.types.notice import Notice, NoticeChoices
from schema.types.principal import Principal
from schema.types.repair import RepairApplication
from schema.types.scalars import Masked
from schema.types.score import Assessment, Score
from schema.types.what_if import Path, Step, StepInput, Turn, WhatIf


@strawberry.type(description="The citizen who asks.")
class Citizen(Node):
    """Fields are fetched only when selected."""

    principal: strawberry.Private[Principal]

    @classmethod
    def of(cls, principal: Principal) -> Citizen:
        """The citizen that a principal is."""
        return cls(id=global_id("Citizen", principal.id), principal=principal)

    @strawberry.field(description="The family name and a star.")
    async def masked_name(self, info: Info) -> Masked:
        return (await info.context.services.enrolments.masked_identity(self.principal))[0]

    @strawberry.field(description="The ID number with its middle hidden.")
    async def masked_id_number(self, info: Info) -> Masked:
        return (await info.context.services.enrolments.masked_identity(self.principal))[1]

    @strawberry.field(description="Taking part, and by which consent.")
    async def enrolment(self, info: Info) -> Enrolment:
        return await info.context.services.enrolments.enrolment(self.principal)

    @strawberry.field(description="What the register says of one who is no resident; null for a resident.")
    async def residence(self, info: Info) -> Residence | None:
        return await info.context.services.residences.residence(self.principal)

    @strawberry.field(description="The score today, with every line.")
    async def score(self, info: Info) -> Score:
        return await info.context.services.scores.current(self.principal)

    @strawberry.field(description="Past assessments, newest first.")
    async def history(self, info: Info, first: int = 20, after: str | None = None) -> Connection[Assessment] | None:
        return await info.context.services.scores.history(self.principal, Page.of(first, after))

    @strawberry.field(description="What I can do, what gives most first.")
    async def steps(self, info: Info, first: int = 20, after: str | None = None) -> Connection[Step] | None:
        steps = await info.context.services.what_if.steps(self.principal)
        return connect_all(steps, lambda s: f"{s.rule.code}|{s.record_key or ''}", Page.of(first, after))

    @strawberry.field(description="The score if these steps had happened, at most 20; nothing is written.")
    async def what_if(self, info: Info, steps: list[StepInput]) -> WhatIf | None:
        return await info.context.services.what_if.what_if(self.principal, steps)

    @strawberry.field(description="The fewest steps to a benefit, and the day it opens by waiting alone.")
    async def path(self, info: Info, benefit: str) -> Path | None:
        return await info.context.services.what_if.path_to(self.principal, benefit)

    @strawberry.field(description="The days on which time alone moves the score, soonest first.")
    async def calendar(self, info: Info, first: int = 20, after: str | None = None) -> Connection[Turn] | None:
        turns = await info.context.services.what_if.calendar(self.principal)
        return connect_all(turns, lambda t: t.on.isoformat(), Page.of(first, after))

    @strawberry.field(description="Every record held, newest first, counted or withheld.")
    async def records(self, info: Info, first: int = 20, after: str | None = None) -> Connection[CreditRecord] | None:
        return await info.context.services.records.of_citizen(self.principal, Page.of(first, after))

    @strawberry.field(description="Each benefit as it stands for me.")
    async def benefits(self, info: Info, first: int = 20, after: str | None = None) -> Connection[MyBenefit] | None:
        mine = await info.context.services.benefits.mine(self.principal)
        return connect_all(mine, lambda m: m.benefit.code, Page.of(first, after))

    @strawberry.field(description="My passes, newest first.")
    async def passes(self, info: Info, first: int = 20, after: str | None = None) -> Connection[Pass] | None:
        return await info.context.services.benefits.passes(self.principal, Page.of(first, after))

    @strawberry.field(description="My disputes, newest first.")
    async def disputes(self, info: Info, first: int = 20, after: str | None = None) -> Connection[Dispute] | None:
        return await info.context.services.disputes.mine(self.principal, Page.of(first, after))

    @strawberry.field(description="My applications for credit repair, newest first.")
    async def repairs(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[RepairApplication] | None:
        return await info.context.services.repairs.mine(self.principal, Page.of(first, after))

    @strawberry.field(description="What I was told, newest first; `markNoticesRead` says which of it I have read.")
    async def notices(self, info: Info, first: int = 20, after: str | None = None) -> Connection[Notice] | None:
        return await info.context.services.notices.mine(self.principal, Page.of(first, after))

    @strawberry.field(description="How many notices I have not read.")
    async def unread_notices(self, info: Info) -> int:
        return await info.context.services.notices.unread(self.principal)

    @strawberry.field(description="Which notices I get, and when none comes.")
    async def notice_choices(self, info: Info) -> NoticeChoices:
        return await info.context.services.notices.choices(self.principal)

    @strawberry.field(description="Every consent that I gave, newest first.")
    async def consents(self, info: Info, first: int = 20, after: str | None = None) -> Connection[Consent] | None:
        given = await info.context.services.enrolments.consents(self.principal)
        return connect_all(given, lambda c: c.version, Page.of(first, after))

    @strawberry.field(description="Optional items that I can switch off.")
    async def optional_items(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[OptionalItem] | None:
        items = await info.context.services.enrolments.optional_items(self.principal)
        return connect_all(items, lambda i: i.rule.code, Page.of(first, after))

    @strawberry.field(description="The accounts that are bound to me, oldest first.")
    async def accounts(self, info: Info, first: int = 20, after: str | None = None) -> Connection[LinkedAccount] | None:
        linked = await info.context.services.enrolments.accounts(self.principal)
        return connect_all(linked, lambda a: a.channel.value, Page.of(first, after))

    @strawberry.field(
        description="Who looked at my data, newest first; looks alike within ten minutes are one entry, and "
        "`totalCount` counts each look."
    )
    async def access_log(
        self, info: Info, by: LookedBy = LookedBy.EVERYONE, first: int = 20, after: str | None = None
    ) -> Connection[AccessEntry] | None:
        return await info.context.services.looks.access_log(self.principal, Page.of(first, after), by)
