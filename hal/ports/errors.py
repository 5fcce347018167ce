"""Errors a device may raise, each with a stable code; drivers map every vendor error to one of these."""


class DeviceError(Exception):
    """A device could not do what was asked. `code` is stable; `detail` is safe to log."""

    code = "device-error"

    def __init__(self, device: str, detail: str = "") -> None:
        super().__init__(f"{self.code}: {device}{': ' + detail if detail else ''}")
        self.device = device
        self.detail = detail


class DeviceLostError(DeviceError):
    """The device is gone (unplugged, powered off); it may come back."""

    code = "device-lost"


class DeviceConfigError(DeviceError):
    """The configuration names a device that cannot be built as written."""

    code = "device-config"


class StorageInUseError(DeviceConfigError):
    """Another process of this machine has the storage: such as the station itself, which runs."""


class DeviceBusyError(DeviceError):
    """Another program has the device for itself."""

    code = "device-busy"


class DeviceForbiddenError(DeviceError):
    """This user may not open the device."""

    code = "device-forbidden"


class PrinterUnreachableError(DeviceError):
    """No connection to the printer; nothing was sent."""

    code = "printer-unreachable"


class PrinterUntrustedError(DeviceError):
    """The printer's TLS key is not the one that was approved; nothing was sent. `presented` is the SHA-256 of the key
    that it showed (SubjectPublicKeyInfo, 32 bytes), where it is known: a person may approve that one."""

    code = "printer-untrusted"

    def __init__(self, device: str, detail: str = "", presented: bytes | None = None) -> None:
        super().__init__(device, detail)
        self.presented = presented


class PrinterRefusedError(DeviceError):
    """The printer answered with an IPP error status; it did not take the job or document."""

    code = "printer-refused"

    def __init__(self, device: str, detail: str = "", status: int = 0) -> None:
        super().__init__(device, detail)
        self.status = status


class SpoolTooSmallError(PrinterRefusedError):
    """The document is larger than what may be spooled on its way to the printer; nothing of it is printed."""

    code = "spool-too-small"


class PrinterProtocolError(DeviceError):
    """The printer's answer is malformed, too large or makes no sense."""

    code = "printer-protocol"


class OutcomeUnknownError(DeviceError):
    """Document bytes were sent and the connection was lost: whether paper came out cannot be known from here."""

    code = "outcome-unknown"


class DocumentLengthError(DeviceError):
    """The document came to more or fewer bytes than its ticket says; the transfer was broken off unfinished."""

    code = "document-length"


class StorageError(DeviceError):
    """The medium failed (I/O error, read-only). What was acknowledged before is still there."""

    code = "storage-failed"


class StorageFullError(StorageError):
    """No room. Nothing of the refused write is visible."""

    code = "storage-full"


class KeyMissingError(DeviceError):
    """The key store has no secret of that name."""

    code = "key-missing"


class KeyExposedError(DeviceError):
    """Others may read the secret where it is kept, so it is not used. `detail` says how to close it."""

    code = "key-exposed"


class KeySealedError(DeviceError):
    """The secret is sealed, and what opens it is missing or another. Nothing is lost. `detail` says what to bring."""

    code = "key-sealed"


class KeyDamagedError(DeviceError):
    """A sealed secret is not what was sealed: cut, changed, or another's under its name."""

    code = "key-damaged"
