"""Legal bases and the names of bands in English: all that the cities' folders use, and none that is made up."""

from __future__ import annotations

import pytest

from scoring.dated import Text
from scoring.scheme import load_scheme, scheme_ids
from scoring.statutes import basis_in_english, word_in_english

CITY = Text(zh="小城", en="Tiny Town")


@pytest.mark.parametrize(
    ("basis", "english"),
    [
        ("道路交通安全法 第九十三条、第一百零九条", "Road Traffic Safety Law, articles 93 and 109"),
        ("刑法 第一百三十三条之一", "Criminal Law, article 133-1"),
        ("居民身份证法 第十七条", "Law on Resident Identity Cards, article 17"),
        ("教师法 第四条；医师法 第三条", "Teachers Law, article 4; Physicians Law, article 3"),
        ("事业单位工作人员奖励规定", "Provisions on Rewarding the Staff of Public Institutions"),
        ("小城市生活垃圾分类管理条例", "Tiny Town Regulations on Sorting Household Waste"),
        ("教师法 第四条；小城章程 第一条", None),
    ],
)
def test_a_basis_is_read_with_its_articles(basis: str, english: str | None) -> None:
    assert basis_in_english(basis, CITY) == english


@pytest.mark.parametrize("scheme", [load_scheme(id) for id in scheme_ids()], ids=lambda scheme: scheme.id)
def test_all_that_a_city_here_uses_has_its_english(scheme: object) -> None:
    bases = {rule.basis for rule in scheme.rules}  # type: ignore[attr-defined]
    assert {basis for basis in bases if basis_in_english(basis, scheme.city.name) is None} == set()  # type: ignore[attr-defined]
    bands = {band.published for band in scheme.bands}  # type: ignore[attr-defined]
    assert {band for band in bands if word_in_english(band) is None} == set()
