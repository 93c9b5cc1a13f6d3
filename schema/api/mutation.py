"""The root of all changes, made of each room's."""

from __future__ import annotations

import strawberry

from schema.api.mutations.auth import AuthMutations
from schema.api.mutations.benefits import BenefitMutations
from schema.api.mutations.binding import BindingMutations
from schema.api.mutations.checks import CheckMutations
from schema.api.mutations.desk import DeskMutations
from schema.api.mutations.disputes import DisputeMutations
from schema.api.mutations.enrolment import EnrolmentMutations
from schema.api.mutations.looks import LookMutations
from schema.api.mutations.notices import NoticeMutations
from schema.api.mutations.programme import ProgrammeMutations
from schema.api.mutations.repairs import RepairMutations
from schema.api.mutations.sources import SourceMutations
from schema.api.mutations.webhooks import WebhookMutations


@strawberry.type(description="All that can be changed. Send `Idempotency-Key` to retry safely.")
class Mutation(
    AuthMutations,
    BindingMutations,
    EnrolmentMutations,
    BenefitMutations,
    DisputeMutations,
    DeskMutations,
    CheckMutations,
    LookMutations,
    NoticeMutations,
    SourceMutations,
    RepairMutations,
    WebhookMutations,
    ProgrammeMutations,
):
    """The root of all changes."""
