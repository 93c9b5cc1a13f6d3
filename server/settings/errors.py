"""What is wrong with settings, and how it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from server.platform.kit.errors import OperatorError


class BadSettingsError(OperatorError):
    """Settings are missing, weak or unsafe; the text says of each what to set, a line each."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def refused_by(call: Callable[[], object]) -> Sequence[str]:
    """What a call refuses."""
    try:
        call()
    except BadSettingsError as error:
        return error.faults
    return ()
