"""What the desk does with a question about who someone is."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from schema.api.context import Info
from schema.api.refusals import CONTACT, WORDS, PlainRefusal, WordsTooLongRefusal, refusals
from schema.types.check import Check, CheckOutcome
from schema.types.errors import RefusalCode as Code


@strawberry.input(description="A question to close, and how.")
class CloseCheckInput:
    """By its id. `words` answer who reported a sign-in: they are told, and no one else."""

    id: strawberry.ID
    outcome: CheckOutcome
    words: str | None = None


@strawberry.type(description="The question is closed.")
class CloseCheckSuccess:
    """The question as it is now."""

    check: Check


CloseCheckResult = Annotated[
    CloseCheckSuccess | PlainRefusal | WordsTooLongRefusal, strawberry.union("CloseCheckResult")
]


@strawberry.input(description="A sign-in or a binding that was refused, told by the account that it was refused to.")
class ReportSignInInput:
    """In your own words; names and numbers are not needed."""

    words: str


@strawberry.type(description="The desk has it; the account is told how it ended.")
class ReportSignInSuccess:
    """Told again, the newer words count. `dueOn` is the last day for the answer."""

    received: bool
    due_on: date


ReportSignInResult = Annotated[
    ReportSignInSuccess | PlainRefusal | WordsTooLongRefusal, strawberry.union("ReportSignInResult")
]


@strawberry.type
class CheckMutations:
    """Closing questions, and one that an account asks by itself."""

    @strawberry.mutation(
        description="Tell the desk that signing in or binding was refused, as an account that is not bound.",
        metadata=refusals(*CONTACT, *WORDS, Code.ALREADY_BOUND),
    )
    async def report_sign_in(self, info: Info, input: ReportSignInInput) -> ReportSignInResult:
        due = await info.context.services.checks.report_sign_in(info.context.caller, input.words)
        return ReportSignInSuccess(received=True, due_on=due)

    @strawberry.mutation(
        description=(
            "Desk: close a question. `LIFTED` accepts another name, ends a freeze, or lets a record count, which takes "
            "two people; `KEPT` changes nothing."
        ),
        metadata=refusals(
            Code.NOT_SIGNED_IN,
            Code.FORBIDDEN,
            Code.NOT_FOUND,
            *WORDS,
            Code.BAD_INPUT,
            Code.FOUR_EYES,
            Code.PERSON_UNKNOWN,
            Code.CONFLICT,
            Code.KEY_REUSED,
        ),
    )
    async def close_check(self, info: Info, input: CloseCheckInput) -> CloseCheckResult:
        context = info.context
        closed = await context.services.checks.close(context.as_desk(), str(input.id), input.outcome, input.words)
        return CloseCheckSuccess(check=closed)
