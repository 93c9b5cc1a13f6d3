"""Why somebody looked: a citizen asks, the desk answers."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.api.context import Info
from schema.api.refusals import CITIZEN, WORDS, PlainRefusal, TooManyTriesRefusal, WordsTooLongRefusal, refusals
from schema.types.enrolment import AccessEntry
from schema.types.errors import RefusalCode as Code
from schema.types.look import LookInquiry


@strawberry.input(description="A look by someone else, to be asked about.")
class AskAboutLookInput:
    """By the id of its entry in the access log."""

    id: strawberry.ID


@strawberry.type(description="The question is at the desk; asked again, it is the same question.")
class AskAboutLookSuccess:
    """The entry, whose question says until when an answer is due."""

    entry: AccessEntry


AskAboutLookResult = Annotated[
    AskAboutLookSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("AskAboutLookResult")
]


@strawberry.input(description="Why somebody looked.")
class AnswerLookInquiryInput:
    """By the id of the question."""

    id: strawberry.ID
    words: str


@strawberry.type(description="It is written down; from an approver who is not the one who looked, it is the answer.")
class AnswerLookInquirySuccess:
    """The question as it is now."""

    inquiry: LookInquiry


AnswerLookInquiryResult = Annotated[
    AnswerLookInquirySuccess | PlainRefusal | WordsTooLongRefusal, strawberry.union("AnswerLookInquiryResult")
]


@strawberry.type
class LookMutations:
    """Asking, and answering."""

    @strawberry.mutation(
        description="Ask why somebody looked at my data; the answer comes within some working days.",
        metadata=refusals(*CITIZEN, Code.NOT_FOUND, Code.LOOK_NOT_ASKABLE, Code.CONFLICT),
    )
    async def ask_about_look(self, info: Info, input: AskAboutLookInput) -> AskAboutLookResult:
        context = info.context
        return AskAboutLookSuccess(entry=await context.services.looks.ask(context.as_citizen(), str(input.id)))

    @strawberry.mutation(
        description="Desk: say why somebody looked. The one who looked writes it down; an approver who is another "
        "person answers, and the citizen is told.",
        metadata=refusals(
            Code.NOT_SIGNED_IN,
            Code.FORBIDDEN,
            Code.NOT_FOUND,
            Code.FOUR_EYES,
            Code.PERSON_UNKNOWN,
            Code.CONFLICT,
            Code.KEY_REUSED,
            *WORDS,
        ),
    )
    async def answer_look_inquiry(self, info: Info, input: AnswerLookInquiryInput) -> AnswerLookInquiryResult:
        context = info.context
        answered = await context.services.looks.answer(context.as_desk(), str(input.id), input.words)
        return AnswerLookInquirySuccess(inquiry=answered)
