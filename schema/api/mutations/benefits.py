"""Passes: given to a citizen, used at a partner."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.api.citizen import Citizen
from schema.api.context import Info
from schema.api.refusals import (
    CITIZEN,
    BenefitNotOpenRefusal,
    PlainRefusal,
    TooManyTriesRefusal,
    refusals,
)
from schema.types.benefit import Pass
from schema.types.connection import Edge
from schema.types.errors import RefusalCode as Code
from schema.types.principal import Scope


@strawberry.input(description="The benefit that a pass is for.")
class IssuePassInput:
    """By its code."""

    benefit: str


@strawberry.type(description="A pass, good for ten minutes and one use.")
class IssuePassSuccess:
    """The pass, as an item of the citizen's passes too."""

    pass_: Pass = strawberry.field(name="pass")
    citizen: Citizen

    @strawberry.field(description="The pass as the first item of `Citizen.passes`.")
    def pass_edge(self) -> Edge[Pass]:
        return Edge(node=self.pass_, key=self.pass_.issued_at.isoformat())


IssuePassResult = Annotated[
    IssuePassSuccess | PlainRefusal | TooManyTriesRefusal | BenefitNotOpenRefusal, strawberry.union("IssuePassResult")
]


@strawberry.input(description="A pass that a citizen shows.")
class RedeemPassInput:
    """By its code."""

    code: str


@strawberry.type(description="All that a partner learns: yes or no, for one named benefit.")
class RedeemPassSuccess:
    """No number, band or reason; every 'no' looks the same (promise 3)."""

    valid: bool


RedeemPassResult = Annotated[RedeemPassSuccess | PlainRefusal, strawberry.union("RedeemPassResult")]


@strawberry.type
class BenefitMutations:
    """Passes."""

    @strawberry.mutation(
        description="A pass for one benefit, good for ten minutes and one use.",
        metadata=refusals(
            *CITIZEN,
            Code.NOT_FOUND,
            Code.BENEFIT_NOT_OPEN,
            Code.HELD,
            Code.SCORE_PAUSED,
            Code.PAUSED_BY_YOU,
            Code.LOOK_ONLY,
        ),
    )
    async def issue_pass(self, info: Info, input: IssuePassInput) -> IssuePassResult:
        context = info.context
        caller = context.as_citizen()
        issued = await context.services.benefits.issue_pass(caller, input.benefit)
        return IssuePassSuccess(pass_=issued, citizen=Citizen.of(caller.principal))

    @strawberry.mutation(
        description="Partners: use a pass. Yes or no, and never why.",
        metadata=refusals(Code.NOT_SIGNED_IN, Code.FORBIDDEN, Code.SCOPE_MISSING, Code.KEY_REUSED),
    )
    async def redeem_pass(self, info: Info, input: RedeemPassInput) -> RedeemPassResult:
        context = info.context
        caller = context.as_partner(Scope.REDEEM_PASSES)
        return RedeemPassSuccess(valid=await context.services.benefits.redeem(caller, input.code))
