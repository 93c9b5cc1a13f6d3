"""Repair: what can be repaired, from when, and what never."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from scoring.catalogue import DataClass, Rule, Tier
from scoring.locality import RepairProof
from scoring.repair import (
    OPEN_REPAIRS,
    IllegalRepairMoveError,
    NotRepairableError,
    RepairAction,
    RepairRefusal,
    RepairRole,
    RepairState,
    answer_days,
    answer_due_on,
    check_repair,
    move_repair,
    repair_demand,
    repair_months,
    repair_terms,
    repairability,
    repairable_from,
)
from scoring.scheme import Scheme
from tests.support.people import MOLI

OCCURRED = date(2026, 1, 31)


def adverse(tier: Tier) -> Rule:
    return next(r for r in MOLI.rules if r.data_class is DataClass.ADVERSE and r.tier is tier)


@pytest.mark.parametrize(
    ("tier", "earliest"),
    [(Tier.MINOR, OCCURRED), (Tier.MODERATE, date(2026, 4, 30)), (Tier.SERIOUS, date(2027, 1, 31))],
)
def test_each_tier_has_its_time(tier: Tier, earliest: date) -> None:
    rule = adverse(tier)
    assert repairable_from(rule, OCCURRED) == earliest
    check_repair(rule, OCCURRED, OCCURRED, earliest)
    assert repairability(rule, OCCURRED).is_now(earliest)
    assert not repairability(rule, OCCURRED).is_now(earliest - timedelta(days=1))


def test_a_day_too_early_says_from_when() -> None:
    with pytest.raises(NotRepairableError, match="too_early") as refused:
        check_repair(adverse(Tier.MODERATE), OCCURRED, OCCURRED, date(2026, 4, 29))
    assert refused.value.earliest == date(2026, 4, 30)


def test_the_gravest_is_never_repaired() -> None:
    with pytest.raises(NotRepairableError) as refused:
        repairable_from(adverse(Tier.EXTREME), OCCURRED)
    assert refused.value.reason is RepairRefusal.NEVER
    assert repairability(adverse(Tier.EXTREME), OCCURRED).refusal is RepairRefusal.NEVER


def test_before_the_figures_nothing_is_repaired() -> None:
    with pytest.raises(NotRepairableError) as refused:
        repairable_from(adverse(Tier.MINOR), date(2001, 1, 1))
    assert refused.value.reason is RepairRefusal.NEVER


@pytest.mark.parametrize("data_class", [DataClass.BASIC, DataClass.POSITIVE, DataClass.NOTICE])
def test_only_adverse_records_are_repaired(data_class: DataClass) -> None:
    rule = next(r for r in MOLI.rules if r.data_class is data_class)
    with pytest.raises(NotRepairableError) as refused:
        check_repair(rule, OCCURRED, OCCURRED, OCCURRED)
    assert refused.value.reason is RepairRefusal.NOT_ADVERSE


@pytest.mark.parametrize("done_on", [date(2026, 1, 30), date(2026, 11, 24)])
def test_it_is_repaired_after_it_was_done(done_on: date) -> None:
    with pytest.raises(NotRepairableError) as refused:
        check_repair(adverse(Tier.MINOR), OCCURRED, done_on, date(2026, 11, 23))
    assert refused.value.reason is RepairRefusal.NOT_DONE


def test_every_figure_says_where_it_comes_from() -> None:
    for name in type(repair_terms()).model_fields:
        assert all(value.source for value in getattr(repair_terms(), name))


@pytest.mark.parametrize("state", sorted(RepairState))
@pytest.mark.parametrize("action", sorted(RepairAction))
@pytest.mark.parametrize("role", sorted(RepairRole))
def test_an_application_that_has_ended_moves_no_more_and_only_its_source_or_two_of_the_desk_repair(
    state: RepairState, action: RepairAction, role: RepairRole
) -> None:
    try:
        after = move_repair(state, action, role)
    except IllegalRepairMoveError:
        return
    assert state in OPEN_REPAIRS
    if after is RepairState.ACCEPTED:
        assert role is RepairRole.SOURCE or (state, role) == (RepairState.PROPOSED, RepairRole.APPROVER)


def test_silence_repairs_nothing_and_can_still_be_answered() -> None:
    lapsed = move_repair(RepairState.APPLIED, RepairAction.LAPSE, RepairRole.CLOCK)
    assert lapsed in OPEN_REPAIRS
    assert move_repair(lapsed, RepairAction.ACCEPT, RepairRole.SOURCE) is RepairState.ACCEPTED


def test_an_answer_is_due_in_ten_working_days() -> None:
    assert answer_due_on(date(2026, 11, 23)) == date(2026, 12, 7)
    assert answer_days(date(2026, 11, 23)) == 10
    assert "凭证" in repair_demand(date(2026, 11, 23)).zh


def test_a_city_says_what_proof_a_rule_wants_and_only_of_rules_that_it_has() -> None:
    proof = MOLI.city.repair_proof_of("tax.evasion")
    assert proof is not None
    for language, told in (("zh", "需要的凭证：税款、"), ("en", "Proof that is wanted: the tax office")):
        assert told in repair_demand(date(2026, 11, 23), proof).in_language(language)
    assert MOLI.city.repair_proof_of("identity.forged") is None
    city = MOLI.city.model_copy(update={"repair_proofs": (RepairProof(rules=["no.such"], proof=proof),)})
    with pytest.raises(ValueError, match="is no rule of the catalogue"):
        Scheme.model_validate(MOLI.model_copy(update={"city": city}).model_dump(by_alias=True))


def test_before_the_rules_began_there_is_neither_a_deadline_nor_a_demand() -> None:
    for asked in (answer_days, repair_demand):
        with pytest.raises(LookupError, match="in force on 2000-01-01"):
            asked(date(2000, 1, 1))


def test_whoever_waits_for_a_repair_waits_one_of_few_spans() -> None:
    assert 0 < len(repair_months()) <= 4
    assert max(repair_months()) <= 36
