"""The use-case catalogue: everything that Egret can do, a page for each side of it.

`server` implements these protocols; resolvers authorise, call and map. Every method
may raise `schema.types.errors.Refused` with the codes named; nothing else is expected.
"""

from __future__ import annotations

from dataclasses import dataclass

from schema.api.services.cases import (
    Desk,
    Disputes,
    EvidenceKeeper,
    Inquiries,
    Letters,
    RepairAnswers,
    Repairs,
    Reports,
)
from schema.api.services.people import (
    Bindings,
    Checks,
    Enrolments,
    Looks,
    Moves,
    Participations,
    Residences,
    Sessions,
    StaffLogs,
)
from schema.api.services.scores import Benefits, CityVersions, Figures, Programme, Records, Scores, WhatIfs
from schema.api.services.telling import Notices, Updates, Webhooks


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a resolver may call."""

    sessions: Sessions
    bindings: Bindings
    moves: Moves
    checks: Checks
    notices: Notices
    enrolments: Enrolments
    residences: Residences
    participations: Participations
    looks: Looks
    staff_log: StaffLogs
    scores: Scores
    what_if: WhatIfs
    records: Records
    reports: Reports
    benefits: Benefits
    disputes: Disputes
    evidence: EvidenceKeeper
    desk: Desk
    inquiries: Inquiries
    repairs: Repairs
    repair_answers: RepairAnswers
    letters: Letters
    figures: Figures
    programme: Programme
    versions: CityVersions
    updates: Updates
    webhooks: Webhooks
