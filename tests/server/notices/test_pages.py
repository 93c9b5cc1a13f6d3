"""Which page a notice opens: the thing that it is about, and not the score."""

from __future__ import annotations

import pytest

from schema.types.connection import global_id
from server.notices.kinds import kind_of, notice_kinds
from server.web.h5.login import safe_back

_ABOUT_THE_SCORE = {"score_paused", "score_resumed", "scheme_changes", "check_closed"}


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("dispute_decided", f"/h5/disputes/{global_id('Dispute', 'd1')}"),
        ("bill_due", f"/h5/records/{global_id('CreditRecord', 'd1')}"),
        ("repair_answered", f"/h5/repairs/{global_id('RepairApplication', 'd1')}"),
        ("benefit_opened", "/h5/benefits"),
        ("look_explained", "/h5/privacy/looks"),
        ("score_changed", "/h5/history"),
    ],
)
def test_a_notice_opens_what_it_is_about(kind: str, page: str) -> None:
    assert kind_of(kind).page_of("d1") == page


@pytest.mark.parametrize("kind", sorted(notice_kinds().kinds))
def test_a_sign_in_leads_safe_back_the_page_of_every_kind(kind: str) -> None:
    page = kind_of(kind).page_of("0123456789abcdef01234567")
    assert safe_back(page) == page


def test_only_what_is_about_the_score_or_an_account_opens_the_score() -> None:
    opens_the_score = {name for name, kind in notice_kinds().kinds.items() if not kind.page and kind.owner == "citizen"}
    assert opens_the_score - {"bound_elsewhere", "signed_in"} == _ABOUT_THE_SCORE
