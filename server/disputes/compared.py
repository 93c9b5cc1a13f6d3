"""Two statements side by side, as the desk sees them: with and without a record, and then and now."""

from __future__ import annotations

from schema.types.dispute import DimensionEffect, Recomputation, RecomputedRule
from schema.types.errors import LocalText
from scoring.explain import points_by_rule
from scoring.scheme import Scheme
from scoring.statement import Statement


def comparison(scheme: Scheme, with_it: Statement, without_it: Statement) -> list[DimensionEffect]:
    """Both statements, by dimension."""
    labels = scheme.dimensions_by_code
    return [
        DimensionEffect(label=LocalText.of(labels[a.code].label), with_it=a.value, without_it=b.value)
        for a, b in zip(with_it.dimensions, without_it.dimensions, strict=True)
    ]


def recomputation(scheme: Scheme, stored: Statement, again: Statement) -> Recomputation:
    """The statement of a day as it was stored, and what the engine makes of the same records."""
    given, gives = points_by_rule(stored), points_by_rule(again)
    labels = scheme.rules_by_code
    return Recomputation(
        as_of=stored.as_of,
        value=stored.value,
        recomputed=again.value,
        same=stored.to_json()["digest"] == again.to_json()["digest"],
        rules=[
            RecomputedRule(
                label=LocalText.of(labels[code].label) if code in labels else LocalText.same(code),
                stored=given.get(code, 0),
                recomputed=gives.get(code, 0),
            )
            for code in dict.fromkeys((*given, *gives))
        ],
    )
