"""The manifests that front ends' generators write are read as they are; what is none says so."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from schema.api.building import build_schema
from schema.engine.documents import document_id
from server.settings.trusted_documents import BadManifestError, manifest

TEXT = "query Base { scheme { base } }"
MD5 = hashlib.md5(TEXT.encode(), usedforsecurity=False).hexdigest()
SHA1 = hashlib.sha1(TEXT.encode(), usedforsecurity=False).hexdigest()
MANIFESTS = {
    "GraphQL Code Generator, persistedDocuments": ({SHA1: TEXT}, SHA1),
    "Relay, persistConfig": ({MD5: TEXT}, MD5),
    "Apollo, generate-persisted-query-manifest": (
        {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [{"id": "0af1", "name": "Base", "type": "query", "body": TEXT}],
        },
        "0af1",
    ),
}


@pytest.mark.parametrize(("content", "id"), MANIFESTS.values(), ids=MANIFESTS)
def test_a_generators_manifest_is_read_as_it_is(tmp_path: Path, content: object, id: str) -> None:
    written = tmp_path / "build" / "persisted.json"
    written.parent.mkdir()
    written.write_text(json.dumps(content), "utf-8")
    for named in (tmp_path, written):
        known = manifest(named)
        assert known[id] == known[document_id(TEXT)] == TEXT
    documents = build_schema(trusted=manifest(tmp_path)).documents
    assert documents.is_trusted(TEXT)
    assert documents.text_of(id) == TEXT


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is no JSON"),
        ("[]", "is no manifest"),
        ('{"a": 1}', "an id and a text"),
        ('{"format": "apollo-persisted-query-manifest", "operations": {}}', "a list of objects"),
        ('{"format": "apollo-persisted-query-manifest", "operations": [{"id": "a"}]}', "an id and a text"),
    ],
)
def test_what_is_no_manifest_says_so(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "persisted.json").write_text(content, "utf-8")
    with pytest.raises(BadManifestError, match=told):
        manifest(tmp_path)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadManifestError, match=r"EGRET_TRUSTED_DOCUMENTS to a folder or a manifest.*is not there"):
        manifest(tmp_path / "documents")


def test_one_id_for_two_documents_is_refused(tmp_path: Path) -> None:
    for name, text in (("a", TEXT), ("b", "{ scheme { city { zh } } }")):
        (tmp_path / f"{name}.json").write_text(json.dumps({"same": text}), "utf-8")
    with pytest.raises(BadManifestError, match="another document"):
        manifest(tmp_path)
