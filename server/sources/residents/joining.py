"""What two lines about one ID number make of it, as rows of the register."""

from __future__ import annotations

from server.citizens.residents.model import Residence, ResidentRow
from server.sources.residents.reading import Status


def joined(there: ResidentRow, another: ResidentRow) -> ResidentRow:
    """Two lines of one snapshot: a person with two phones, or two people with one number."""
    both = there.copy()
    both["phones"] = [*dict.fromkeys(map(bytes, [*there["phones"], *another["phones"]]))]
    if bytes(there["name"]) != another["name"]:
        both["residence"] = Residence.SHARED.value
    elif "residence" in another and there.get("residence") != Residence.SHARED:
        both["residence"] = another["residence"]
    return both


def changed(before: ResidentRow | None, line: ResidentRow, status: Status) -> ResidentRow | None:
    """A person after a line of a file of changes; None where they are on the register no more.

    Another name for a known number is a second person, unless the line says that the person was renamed. A number that
    is shared stays so until it is removed.
    """
    if status is Status.REMOVED:
        return None
    if before is None:
        return line
    is_shared = before.get("residence") == Residence.SHARED
    if is_shared or (status is not Status.RENAMED and bytes(before["name"]) != line["name"]):
        return joined(before, line | {"residence": Residence.SHARED.value})
    return line
