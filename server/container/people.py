"""The parts by which people come in, stay and leave."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from server.auth.identity_providers import IdentityProviders
from server.auth.service import SessionService
from server.auth.staff.service import StaffService, staff_service
from server.citizens.doors import Doors
from server.citizens.linking import AccountLinking
from server.citizens.residents.remote import RemoteRegister
from server.container.cases import Cases
from server.container.collections import OWNED
from server.container.foundation import Foundation
from server.enrolment.binding import BindingService
from server.enrolment.export import ExportService
from server.enrolment.looks.answering import LookAnswers
from server.enrolment.moves import MoveService
from server.enrolment.participation import ParticipationService
from server.enrolment.residence import ResidenceService
from server.enrolment.service import EnrolmentService
from server.platform.kit.clock import Clock
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class People:
    """Signing in, binding, taking part, leaving."""

    moves: MoveService
    bindings: BindingService
    enrolments: EnrolmentService
    residences: ResidenceService
    looks: LookAnswers
    participations: ParticipationService
    exports: ExportService
    staff: StaffService
    linking: AccountLinking
    providers: IdentityProviders
    sessions: SessionService


def wire_people(base: Foundation, cases: Cases) -> People:
    """What moves an account asks the desk; who leaves takes their cases along."""
    moves = MoveService(
        store=base.store,
        vault=base.vault,
        clock=base.clock,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        contacts=base.contacts,
        checks=cases.checks,
    )
    bindings = BindingService(
        store=base.store,
        vault=base.vault,
        scheme=base.in_force,
        clock=base.clock,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        contacts=base.contacts,
        throttle=base.throttle,
        signed_tokens=base.signed_tokens,
        register=_register_of(base.settings, base.http, base.clock) or base.register,
        assessor=base.assessor,
        checks=cases.checks,
        moves=moves,
    )
    enrolments = EnrolmentService(
        store=base.store,
        vault=base.vault,
        scheme=base.in_force,
        clock=base.clock,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        contacts=base.contacts,
        signed_tokens=base.signed_tokens,
        assessor=base.assessor,
        evidence=cases.evidence,
        steps=cases.steps,
        repairs=cases.repair_steps,
        owned=OWNED,
    )
    residences = ResidenceService(
        store=base.store,
        vault=base.vault,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        assessor=base.assessor,
        checks=cases.checks,
    )
    looks = LookAnswers(
        store=base.store,
        vault=base.vault,
        scheme=base.in_force,
        clock=base.clock,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
    )
    participations = ParticipationService(
        unit_of_work=base.unit_of_work, citizens=base.citizens, assessor=base.assessor
    )
    exports = ExportService(
        store=base.store,
        vault=base.vault,
        clock=base.clock,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        admission=base.admission,
        assessor=base.assessor,
        evidence=cases.evidence,
        owned=OWNED,
    )
    staff = staff_service(
        base.store,
        base.unit_of_work,
        base.throttle,
        base.signed_tokens,
        base.vault,
        base.clock,
        base.http,
        token_key=base.settings.token_key.get_secret_value(),
        registration=base.settings.oidc(),
        local=base.settings.local_sign_in,
    )
    linking = AccountLinking(base.store, base.unit_of_work, base.citizens)
    providers = IdentityProviders(base.http, base.settings.providers(), base.signed_tokens, base.clock)
    sessions = SessionService(
        base.store,
        base.citizens,
        base.contacts,
        staff,
        base.clock,
        signed_tokens=base.signed_tokens,
        exchange_code=base.wechat.account_of,
        providers=providers,
        linking=linking,
        doors=Doors(base.vault, base.unit_of_work, base.citizens),
    )
    return People(
        moves=moves,
        bindings=bindings,
        enrolments=enrolments,
        residences=residences,
        looks=looks,
        participations=participations,
        exports=exports,
        staff=staff,
        linking=linking,
        providers=providers,
        sessions=sessions,
    )


def _register_of(settings: Settings, http: httpx.AsyncClient, clock: Clock) -> RemoteRegister | None:
    """The city's own service as the register; None where the register is delivered as files."""
    if settings.register_url is None:
        return None
    return RemoteRegister(http, settings.register_url, settings.register_secret.get_secret_value(), clock)
