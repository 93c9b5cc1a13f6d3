"""What may go wrong with a provider."""

from __future__ import annotations

from server.platform.kit.errors import BusyError, CredentialError


class ProviderError(BusyError):
    """The provider cannot be reached, or what it says is of no use; the text is for the log and quotes nothing."""


class GrantRefusedError(CredentialError):
    """The provider answered, and its answer is no: `invalid_grant` (RFC 6749 section 5.2), or 401 of userinfo."""


class BadIdTokenError(CredentialError):
    """What the provider signed is not what it has to be; the text is for the log and quotes nothing of it."""


class NotSignedInError(CredentialError):
    """A sign-in that did not go well, for whatever reason; who tries learns nothing more, the log does."""
