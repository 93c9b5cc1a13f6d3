"""What may be of a person, or a secret, does not pass; what the night shift needs does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.platform.observability.redact import Redactor
from tests.support.people import FAN, YING, id_number

REDACTOR = Redactor()
AROUND = st.text(alphabet=st.characters(whitelist_categories=("P", "Z"), blacklist_characters="·-_"), max_size=6)


@pytest.mark.parametrize(
    "personal",
    [
        YING.id_number,
        "935840198503150013",
        "935840 19850315 0013",
        "810000199001010019",
        "35019919900101002X",
        "35019919900101002x",
        "350199 19900101 0021",
        "350199-19900101-0021",
        "３５０１９９１９９００１０１００２１",
        YING.phone,
        "139 0000 5678",
        "139-0000-5678",
        "+8613900005678",
        "oABCD-efgh_ijkl0123456789abc",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhYmMifQ.c2lnbmF0dXJl",
        "egp_p7cnJq2Hq8sZ5m",
        "6222020200112233445",
        "Zm9vYmFyMTIzNDU2Nzg5MEFCQ0RFRkdI",
        YING.name,
        FAN.name,
        "福建省福州市鼓楼区",
    ],
)
def test_what_is_of_a_person_or_a_secret_does_not_pass(personal: str) -> None:
    for text in (personal, f"failed for {personal}: try again", f"{{'x': '{personal}'}}", f"a={personal}&b=2"):
        assert personal not in REDACTOR.text(text), text


@given(AROUND, st.dates(), st.integers(1, 999), AROUND)
def test_no_id_number_passes_whatever_stands_around_it(before: str, born: object, sequence: int, after: str) -> None:
    number = id_number(str(born).replace("-", ""), sequence)
    assert number not in REDACTOR.text(f"{before}{number}{after}")
    assert number not in str(REDACTOR.value({"a": [{"b": f"{before}{number}{after}"}]}))


@pytest.mark.parametrize(
    "text",
    [
        "fault in scheme: AttributeError",
        "audit sealed for 2026-11-22: root 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "0b1f2c3d4e5f60718293a4b5c6d7e8f9",
        "12345678-9012-4345-8abc-123456789012",
        "/desk/cases/{id}",
        "outbox pauses: ServerSelectionTimeoutError",
        "server/platform/db/store.py:230 transaction",
        "Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)",
        "D-2026-000001",
    ],
)
def test_what_the_night_shift_needs_passes(text: str) -> None:
    assert REDACTOR.text(text) == text


def test_a_secret_of_the_process_does_not_pass_whatever_it_looks_like() -> None:
    redactor = Redactor()
    redactor.learn(["plainlowercasesecret", ""])
    assert redactor.text("mongodb://u:plainlowercasesecret@h") == "mongodb://[login]@h"
    assert "plainlowercasesecret" not in redactor.text("it is plainlowercasesecret.")


def test_a_field_whose_name_tells_is_hidden_and_an_object_is_told_by_its_type() -> None:
    class Person:
        def __repr__(self) -> str:
            return YING.name

    line = REDACTOR.fields({"phone": "abc", "Authorization": "x", "who": Person(), "count": 3, "n": 13900005678})
    assert line == {"phone": "[hidden]", "Authorization": "[hidden]", "who": "<Person>", "count": 3, "n": "[digits]"}


def test_a_line_has_an_end() -> None:
    assert len(REDACTOR.text("ab " * 10_000)) < 1100
    deep: dict[str, object] = {}
    for _ in range(50):
        deep = {"a": deep, **{f"k{n}": 1 for n in range(100)}}
    assert len(str(REDACTOR.value(deep))) < 5000
