"""Schemes as data: both load whole, and a broken one never loads half."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from scoring.catalogue import Bound, DataClass, Tier
from scoring.check import check_scheme
from scoring.dated import Provenance, Text, value_on
from scoring.engine import assess
from scoring.records import Record
from scoring.scheme import SCHEMES_DIR, load_scheme, load_scheme_folder, scheme_ids, scheme_json_schema
from scoring.statement import WithheldReason
from tests.support.paths import GOLDEN
from tests.support.people import BAILU, MOLI, TODAY, record


def test_both_cities_ship() -> None:
    assert scheme_ids() == ["fuzhou-moli", "xiamen-bailu"]


def test_an_unknown_scheme_lists_those_there_are() -> None:
    with pytest.raises(ValueError, match="fuzhou-moli, xiamen-bailu"):
        load_scheme("atlantis")


def test_moli_starts_at_500_and_can_earn_another_500() -> None:
    base = value_on(MOLI.base, date(2026, 1, 1))
    assert base is not None
    assert base.value == 500
    assert sum(limits.value.cap for _, limits in MOLI.scheme_at(TODAY).dimensions) == 500
    assert len(MOLI.dimensions) == 6
    assert [b.published for b in MOLI.bands] == ["极差", "较差", "一般", "良好", "优秀", "极好"]


def test_bailu_has_five_dimensions_with_fico_like_shares() -> None:
    assert [limits.value.cap for _, limits in BAILU.scheme_at(TODAY).dimensions] == [350, 300, 150, 100, 100]
    assert len(BAILU.bands) == 5


def test_higher_than_683_and_686_and_above_are_different_things() -> None:
    assert Bound(above=683).least == 684
    assert Bound(at_least=686).least == 686
    with pytest.raises(ValueError, match="either at_least or above"):
        Bound(above=683, at_least=686)


def test_the_metro_threshold_moved_from_686_to_697() -> None:
    metro = MOLI.benefits_by_code["metro.discount"]
    assert metro.least_on(date(2019, 12, 31)) == 686
    assert metro.least_on(date(2020, 1, 1)) == 697
    assert metro.least_on(date(2018, 8, 2)) is None


def test_every_parameter_carries_provenance_and_source() -> None:
    for scheme in (MOLI, BAILU):
        assert all(v.source.strip() and v.provenance in Provenance for v in scheme.figures)
        assert all(r.basis.strip() for r in scheme.rules)


def test_the_digest_is_of_the_data() -> None:
    assert MOLI.digest == load_scheme_folder(SCHEMES_DIR / "fuzhou-moli").digest
    assert MOLI.digest != BAILU.digest


def test_words_come_in_both_languages() -> None:
    assert Text(zh="良好", en="Good").in_language("en-GB") == "Good"
    assert Text(zh="良好", en="Good").in_language("zh-CN") == "良好"


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("rules.toml", 'tier = "minor"', "", "needs a tier"),
        ("rules.toml", "grace_days = [", "retention_months = [", "grace_days"),
        ("rules.toml", "value = 60,", "value = 61,", "less than or equal to 60"),
        ("rules.toml", "retention_months = [", "grace_days = [", "needs retention_months"),
        ("rules.toml", "[[rule]]", "[[rule", "rules.toml"),
        ("scheme.toml", "minor = [", "trivial = [", "trivial"),
        ("scheme.toml", "minor = [", "# [", "no value for minor"),
        ("benefits.toml", "ordinary_route", "route", "ordinary_route"),
        ("scheme.toml", "value = 3,", "value = 72,", "less than or equal to 60"),
    ],
)
def test_a_broken_scheme_does_not_load(tmp_path: Path, file: str, old: str, new: str, complaint: str) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(SCHEMES_DIR / "fuzhou-moli", folder)
    path = folder / file
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(ValueError, match=complaint) as caught:
        load_scheme_folder(folder)
    assert f"broken/{file}" in str(caught.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "rules.toml",
            "value = 60,",
            "value = 61,",
            r":\d+: rule basic.residence: retention_months.0",
        ),
        ("scheme.toml", "value = 3,", "value = 72,", r"broken/scheme.toml:\d+: retention minor: 0.value: "),
        ("scheme.toml", "highest = 1000", "highest = 'x'", r"broken/scheme.toml:\d+: scale: 0.value.highest: "),
        ("rules.toml", 'code = "basic.residence"\n', "", r"broken/rules.toml: rule \?: code: Field required"),
        ("scheme.toml", "[consent]", "[assent]", "broken/scheme.toml: consent: Field required"),
    ],
)
def test_a_broken_value_is_told_with_file_line_and_place(
    tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(SCHEMES_DIR / "fuzhou-moli", folder)
    path = folder / file
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(ValueError, match=told):
        load_scheme_folder(folder)


def test_where_a_tier_has_no_retention_on_a_day_a_record_of_that_day_is_not_counted() -> None:
    ended = [MOLI.retention[Tier.MINOR][0].model_copy(update={"until": date(2026, 1, 1)})]
    scheme = MOLI.model_copy(update={"retention": {**MOLI.retention, Tier.MINOR: ended}})
    assert scheme.terms_on("traffic.illegal-parking", date(2025, 12, 31)) is not None
    statement = assess(scheme, [record("traffic.illegal-parking", "2026-11-02")], TODAY)
    assert [w.reason for w in statement.withheld] == [WithheldReason.RULE_UNKNOWN]


def test_a_copy_remembers_nothing_of_the_original() -> None:
    assert MOLI.scheme_at(TODAY).base.value == 500
    higher = MOLI.model_copy(update={"base": [MOLI.base[0].model_copy(update={"value": 510})]})
    assert higher.scheme_at(TODAY).base.value == 510
    assert higher.digest != MOLI.digest


def test_a_value_between_bands_is_said() -> None:
    gapped = MOLI.model_copy(update={"bands": MOLI.bands[1:]})
    with pytest.raises(ValueError, match="no band in force holds 100"):
        gapped.scheme_at(TODAY).band_of(100)


def test_bands_have_codes() -> None:
    assert MOLI.bands_by_code["good"].published == "良好"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"scheme\.toml"):
        load_scheme_folder(tmp_path)


def test_a_third_city_is_a_folder_and_no_code() -> None:
    town = load_scheme_folder(GOLDEN / "tiny-town")
    assert check_scheme(town) == []
    helped = [
        Record(
            id="1",
            source="town-hall",
            rule="fair.helped",
            data_class=DataClass.POSITIVE,
            occurred_on=date(2026, 5, 1),
            reported_on=date(2026, 5, 1),
        )
    ]
    statement = assess(town, helped, date(2026, 6, 1))
    assert (statement.value, statement.band_label, statement.benefits[0].eligible) == (60, "良好", True)
    assert assess(town, [], date(2024, 6, 1)).value == 40
    assert assess(town, [], date(2025, 1, 1)).value == 50


def test_the_json_schema_next_to_the_schemes_is_current() -> None:
    committed = json.loads((SCHEMES_DIR / "scheme.schema.json").read_text("utf-8"))
    assert committed == scheme_json_schema(), "run: egret scheme json-schema > scoring/schemes/scheme.schema.json"
    assert set(committed["properties"]) >= {"rule", "benefit", "dimension", "band", "source", "base", "retention"}


@pytest.mark.parametrize("folder", ["fuzhou-moli", "xiamen-bailu"])
@pytest.mark.parametrize("file", ["scheme.toml", "rules.toml", "benefits.toml"])
def test_every_file_points_an_editor_at_the_schema(folder: str, file: str) -> None:
    assert (SCHEMES_DIR / folder / file).read_text("utf-8").startswith("#:schema ../scheme.schema.json\n")


def test_a_purpose_binds_from_its_day_and_changes_the_digest() -> None:
    purpose, day = MOLI.consent.purpose, date(2027, 1, 1)
    renewed = MOLI.consent.model_copy(update={"agree_by": day})
    assert MOLI.consent.binds(TODAY)
    assert [renewed.binds(on) for on in (TODAY, day)] == [False, True]
    assert [renewed.covers(given, day) for given in ({purpose}, set[str]())] == [True, False]
    assert renewed.covers(set[str](), TODAY), "until then an earlier consent goes on"
    assert MOLI.model_copy(update={"consent": renewed}).digest != MOLI.digest
