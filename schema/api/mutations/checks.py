"""What the desk does with a question about who someone is."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.api.context import Info
from schema.api.refusals import PlainRefusal, refusals
from schema.types.check import Check, CheckOutcome
from schema.types.errors import RefusalCode as Code


@strawberry.input(description="A question to close, and how.")
class CloseCheckInput:
    """By its id."""

    id: strawberry.ID
    outcome: CheckOutcome


@strawberry.type(description="The question is closed.")
class CloseCheckSuccess:
    """The question as it is now."""

    check: Check


CloseCheckResult = Annotated[CloseCheckSuccess | PlainRefusal, strawberry.union("CloseCheckResult")]


@strawberry.type
class CheckMutations:
    """Closing questions."""

    @strawberry.mutation(
        description=(
            "Desk: close a question. `LIFTED` accepts another name, ends a freeze, or lets a record count, which takes "
            "two people; `KEPT` changes nothing."
        ),
        metadata=refusals(
            Code.NOT_SIGNED_IN,
            Code.FORBIDDEN,
            Code.NOT_FOUND,
            Code.FOUR_EYES,
            Code.PERSON_UNKNOWN,
            Code.CONFLICT,
            Code.KEY_REUSED,
        ),
    )
    async def close_check(self, info: Info, input: CloseCheckInput) -> CloseCheckResult:
        context = info.context
        closed = await context.services.checks.close(context.as_desk(), str(input.id), input.outcome)
        return CloseCheckSuccess(check=closed)
