"""The parts that take in records, and decide what is right about them."""

from __future__ import annotations

from dataclasses import dataclass

from server.container.foundation import Foundation
from server.container.telling import Telling
from server.disputes.check_codes import LetterChecks
from server.disputes.complaints import ComplaintService
from server.disputes.desk import DeskService
from server.disputes.evidence import EvidenceService
from server.disputes.letter import LetterService
from server.disputes.service import DisputeService
from server.disputes.steps import Steps
from server.enrolment.checks import Checks
from server.enrolment.record_checks import RecordChecks
from server.enrolment.sign_in_reports import SignInReports
from server.platform.kit.scanner import Scanner
from server.sources.deliver import Deliveries
from server.sources.holding import Holding
from server.sources.inquiries import InquiryService
from server.sources.register import SourceRegister
from server.sources.repairs.answering import RepairAnswers
from server.sources.repairs.service import RepairService
from server.sources.repairs.steps import RepairSteps
from server.sources.service import ReportService


@dataclass(frozen=True, slots=True)
class Cases:
    """Deliveries, disputes, repair, and the questions to the desk."""

    sign_in_reports: SignInReports
    checks: Checks
    deliveries: Deliveries
    steps: Steps
    repair_steps: RepairSteps
    reports: ReportService
    evidence: EvidenceService
    letters: LetterService
    disputes: DisputeService
    desk: DeskService
    inquiries: InquiryService
    repairs: RepairService
    repair_answers: RepairAnswers


def wire_cases(base: Foundation, telling: Telling) -> Cases:
    """Deliveries first: what they hold back, the desk decides."""
    steps = Steps(base.vault, base.in_force, base.citizens, base.assessor, base.publisher)
    repair_steps = RepairSteps(base.vault, base.in_force, base.citizens, base.assessor, base.publisher)
    sign_in_reports = SignInReports(
        store=base.store, vault=base.vault, clock=base.clock, unit_of_work=base.unit_of_work, contacts=base.contacts
    )
    checks = Checks(
        store=base.store,
        vault=base.vault,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        contacts=base.contacts,
        records=RecordChecks(base.vault, base.in_force, base.assessor),
        reports=sign_in_reports,
    )
    deliveries = Deliveries(
        store=base.store,
        vault=base.vault,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        holding=Holding(base.in_force, base.citizens, checks.ask_about_held),
    )
    sources = SourceRegister(base.store, base.in_force, base.clock)
    reports = ReportService(
        vault=base.vault,
        scheme=base.in_force,
        clock=base.clock,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        assessor=base.assessor,
        deliveries=deliveries,
        register=sources,
        steps=steps,
        repairs=repair_steps,
    )
    evidence = EvidenceService(
        store=base.store,
        vault=base.vault,
        clock=base.clock,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        throttle=base.throttle,
        signed_tokens=base.signed_tokens,
        fetch=base.wechat.media,
        scanner=Scanner(base.settings.scanner),
        sandbox=base.sandbox,
        admission=base.admission,
    )
    letters = LetterService(
        store=base.store,
        vault=base.vault,
        scheme=base.in_force,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        signed_tokens=base.signed_tokens,
        evidence=evidence,
        clock=base.clock,
        decision_read=telling.decision_read,
        checks=LetterChecks(store=base.store, vault=base.vault, scheme=base.in_force, throttle=base.throttle),
    )
    complaints = ComplaintService(
        store=base.store,
        vault=base.vault,
        scheme=base.in_force,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        evidence=evidence,
        steps=steps,
        reporters=sources,
    )
    disputes = DisputeService(
        store=base.store,
        vault=base.vault,
        scheme=base.in_force,
        clock=base.clock,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        assessor=base.assessor,
        evidence=evidence,
        letters=letters,
        steps=steps,
        complaints=complaints,
        decision_read=telling.decision_read,
    )
    desk = DeskService(
        store=base.store,
        vault=base.vault,
        scheme=base.in_force,
        clock=base.clock,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        assessor=base.assessor,
        evidence=evidence,
        steps=steps,
    )
    inquiries = InquiryService(
        store=base.store,
        vault=base.vault,
        scheme=base.in_force,
        unit_of_work=base.unit_of_work,
        evidence=evidence,
        register=sources,
        steps=steps,
    )
    repairs = RepairService(
        store=base.store,
        vault=base.vault,
        scheme=base.in_force,
        clock=base.clock,
        unit_of_work=base.unit_of_work,
        citizens=base.citizens,
        evidence=evidence,
        steps=repair_steps,
    )
    repair_answers = RepairAnswers(
        store=base.store,
        vault=base.vault,
        scheme=base.in_force,
        clock=base.clock,
        unit_of_work=base.unit_of_work,
        evidence=evidence,
        steps=repair_steps,
        reports=reports,
    )
    return Cases(
        sign_in_reports=sign_in_reports,
        checks=checks,
        deliveries=deliveries,
        steps=steps,
        repair_steps=repair_steps,
        reports=reports,
        evidence=evidence,
        letters=letters,
        disputes=disputes,
        desk=desk,
        inquiries=inquiries,
        repairs=repairs,
        repair_answers=repair_answers,
    )
