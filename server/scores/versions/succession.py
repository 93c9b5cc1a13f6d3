"""What a version has to keep of the one before, since history, records and passes name it."""

from __future__ import annotations

from collections.abc import Collection

from scoring.scheme import Scheme

_MOST_NAMED = 5


def dropped(before: Scheme, after: Scheme) -> str:
    """What `after` has no more, such as `rule tax.evasion, benefit library.discount`; empty where it keeps all."""
    kinds: dict[str, tuple[Collection[str], Collection[str]]] = {
        "rule": (before.rules_by_code, after.rules_by_code),
        "source": (before.sources_by_code, after.sources_by_code),
        "benefit": (before.benefits_by_code, after.benefits_by_code),
        "dimension": (before.dimensions_by_code, after.dimensions_by_code),
        "band": (before.bands_by_code, after.bands_by_code),
    }
    gone = [f"{kind} {code}" for kind, (old, new) in kinds.items() for code in sorted(set(old) - set(new))]
    more = len(gone) - _MOST_NAMED
    return ", ".join(gone[:_MOST_NAMED]) + (f" (+{more})" if more > 0 else "")
