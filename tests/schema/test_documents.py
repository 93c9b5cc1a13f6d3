"""Documents: parsed and validated once, compiled where they come again, and a cache that no one can misuse."""

from __future__ import annotations

import pytest

from schema.api.building import build_schema
from schema.engine import documents
from schema.engine.documents import DocumentError, Documents, document_id
from server.settings.trusted_documents import manifest

SCORE = "query Score { me { score { value band { code } } } }"


@pytest.fixture
def known() -> Documents:
    return build_schema(trusted={document_id(SCORE): SCORE}).documents


def test_a_document_is_made_ready_once(known: Documents) -> None:
    text = "{ scheme { base } }"
    assert known.operation(text, None) is known.operation(text, None)


def test_what_comes_again_is_compiled_and_what_came_once_is_not(known: Documents) -> None:
    text = "{ scheme { base } }"
    assert known.operation(text, None).plan is None
    assert known.operation(text, None).plan is not None


def test_a_trusted_document_is_compiled_from_the_start_and_found_by_its_id(known: Documents) -> None:
    assert known.operation(SCORE, None).plan is not None
    assert known.text_of(document_id(SCORE)) == SCORE
    assert known.text_of("0" * 64) is None
    assert known.is_trusted(SCORE)
    assert not known.is_trusted(SCORE + " ")


def test_no_one_pushes_a_trusted_document_out(known: Documents) -> None:
    trusted = known.operation(SCORE, None)
    for n in range(3 * documents._KEPT):
        known.operation(f"{{ a{n}: __typename }}", None)
    assert len(known._kept) == documents._KEPT
    assert known.operation(SCORE, None) is trusted


@pytest.mark.parametrize("text", ["{ nope }", "{", "{ ...F } fragment F on Query { ...F }", "{ a " * 200])
def test_what_is_refused_is_never_kept(known: Documents, text: str) -> None:
    for _ in range(3):
        with pytest.raises(DocumentError):
            known.operation(text, None)
    assert len(known._kept) == 0


def test_what_is_very_long_runs_and_is_not_kept(known: Documents) -> None:
    known.operation("{ __typename }" + " " * documents._KEPT_CHARACTERS, None)
    assert len(known._kept) == 0


def test_one_of_several_operations_is_named(known: Documents) -> None:
    text = "query A { __typename } query B { scheme { base } }"
    assert known.operation(text, "B").node.name.value == "B"  # type: ignore[union-attr]
    for name in (None, "C", ""):
        with pytest.raises(DocumentError, match="Send one operation"):
            known.operation(text, name)


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("{ scheme { base } benefits { edges { cursor } } }", True),
        ("{ consentText { version } __typename }", True),
        ("{ scheme { base } me { score { value } } }", False),
        ("{ ...F } fragment F on Query { me { score { value } } }", False),
    ],
)
def test_what_is_the_same_for_everybody_is_known(known: Documents, text: str, public: bool) -> None:
    assert known.operation(text, None).public is public


def test_every_operation_of_ours_is_trusted_by_its_hash() -> None:
    known = manifest()
    assert all(id == document_id(text) and len(id) == 64 for id, text in known.items())


def test_every_question_of_a_citizen_that_can_be_compiled_is() -> None:
    """Only unions, interfaces and directives are left to graphql-core."""
    schema = build_schema(trusted=manifest())
    for text in manifest().values():
        if text.startswith("query") and "... on" not in text and "node(" not in text and "@" not in text:
            assert schema.documents.operation(text, None).plan is not None, text
