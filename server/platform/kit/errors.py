"""The exceptions of the server. Each of them is of one family, so that who catches one knows what can be done.

EgretError
├── OperatorError      a start or a command cannot go on; the text says what to set, mend or run
│   └── BackupError, BadKmsError, BadManifestError, BadRegistrationError, BadSettingsError, ClockGoesBackError,
│       EmbeddedMongoError, Failure, LayoutError, MigrationError, NewCityError, RegisterRefusedError,
│       UnreadableDeliveryError, VersionError
├── CredentialError    a token, key, address or sign-in is not good; it is never said why
│   └── BadIdTokenError, BadKeyError, BadRefreshError, BadSignedTokenError, BadTokenError, ExpiredError,
│       ExpiredTokenError, GrantRefusedError,
│       NotSignedInError
├── FileError          a file that was sent cannot be taken
│   └── BrokenAnswerError, UnreadableFileError, UnsafeFileError
├── BusyError          not now: another try, later, may do
│   └── HelpersDownError, NotKeptError, ProviderError, QueueFullError, SandboxBusyError, ScannerError,
│       StreamLostError, TokenNotRenewedError, WaitingError
├── GoneError          what it was about is no more, or another process has it
│   └── BrokenSealError, CitizensMovedError, DamagedError, KeyDestroyedError, LockLostError, LostLeaseError,
│       UndeliverableError
└── RequestError       a request is not one that can be answered
    └── BadRequestError, NotPersistedError, UsageError

What a citizen, an office or a front end is refused is `schema.types.errors.Refused`, an outcome and no fault.
"""

from __future__ import annotations


class EgretError(Exception):
    """Any of the server's own exceptions."""


class OperatorError(EgretError):
    """A start or a command cannot go on; the text says what to set, mend or run."""


class CredentialError(EgretError):
    """A token, key, address or sign-in is not good."""


class FileError(EgretError):
    """A file that was sent cannot be taken."""


class BusyError(EgretError):
    """Not now: another try, later, may do."""


class GoneError(EgretError):
    """What it was about is no more, or another process has it."""


class RequestError(EgretError):
    """A request is not one that can be answered."""
