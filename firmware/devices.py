"""What a command of the station opens, and when: the configuration's devices. The only importer of hal.registry,
hal.looks and hal.named, and of these only inside the functions: `--help` and a wrong file are answered at once.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from firmware.config import Config
from firmware.technician.printer import Bench

if TYPE_CHECKING:
    from hal.board import Board
    from hal.ports.finding import Finding
    from hal.ports.installer import Installer
    from hal.ports.key_store import KeyStore
    from hal.ports.printer import Printer
    from hal.ports.storage import Storage
    from hal.registry import ReaderBench


def board(config: Config) -> "Board":
    """The whole board. Raises `DeviceConfigError`."""
    from hal.registry import BoardConfig, open_board  # noqa: PLC0415 - `--help` and a wrong file must answer at once

    return open_board(
        BoardConfig(
            readers=config.readers,
            printer=config.printer or "none:",
            converter=config.converter,
            keys=config.keys,
            storage=f"file:{config.data_dir}",
            indicator=config.indicator,
            buttons=config.buttons,
            voice=config.voice,
            installer=config.installer,
            reset_button=config.reset_button,
            seek=config.seek,
        )
    )


def readers(config: Config) -> "ReaderBench":
    """The readers alone. Raises `DeviceConfigError`."""
    from hal.registry import open_readers  # noqa: PLC0415 - as above

    return open_readers(config.readers)


def reader_findings(uris: tuple[str, ...]) -> "tuple[Finding, ...]":
    """What stands in the way of readers with these URIs."""
    from hal.looks import reader_findings  # noqa: PLC0415 - as above

    return reader_findings(uris)


def require_named(uris: Mapping[str, tuple[str, ...]]) -> None:
    """As `hal.named.require_named`."""
    from hal.named import require_named  # noqa: PLC0415 - as above

    require_named(uris)


def printer_uri(config: Config) -> str:
    """The printer's, as file or mesh say it; empty for none. Raises `DeviceConfigError`, `PairingError`."""
    from firmware.joining import told_printer  # noqa: PLC0415 - as above

    return config.printer or told_printer(keys(config))


def printer_bench(uri: str) -> Bench:
    """One printer and what a test page takes. Raises `DeviceConfigError`."""
    from hal.registry import open_printer_bench  # noqa: PLC0415 - as above

    opened = open_printer_bench(uri)
    return Bench(opened.printer, opened.clock, opened.random, opened.workers)


async def find_printers(seconds: float) -> tuple[Any, ...]:
    """As `hal.looks.find_printers`."""
    from hal.looks import find_printers  # noqa: PLC0415 - as above

    return await find_printers(seconds)


def presented_key(uri: str) -> Any:
    """As `hal.looks.presented_key`."""
    from hal.looks import presented_key  # noqa: PLC0415 - as above

    return presented_key(uri)


def printer_findings(uri: str) -> "tuple[Finding, ...]":
    """What stands in the way of the printer with this URI."""
    from hal.looks import printer_findings  # noqa: PLC0415 - as above

    return printer_findings(uri)


def converter_findings(uri: str) -> "tuple[Finding, ...]":
    """What stands in the way of the converter with this URI."""
    from hal.looks import converter_findings  # noqa: PLC0415 - as above

    return converter_findings(uri)


def installer(config: Config) -> "Installer | None":
    """The installer alone, None where none is configured. Raises `DeviceConfigError`."""
    from hal.registry import open_installer  # noqa: PLC0415 - as above

    return open_installer(config.installer)


def storage(config: Config) -> "Storage":
    """The storage alone. Raises `DeviceConfigError`, also while the station runs."""
    from hal.registry import open_storage  # noqa: PLC0415 - as above

    return open_storage(f"file:{config.data_dir}")


def own_ca(config: Config) -> bytes:
    """The organisation's CA, PEM. Raises `DeviceConfigError`, `PairingError`."""
    from firmware.joining import settled  # noqa: PLC0415 - as above
    from hal.registry import open_keys  # noqa: PLC0415 - as above

    return settled(config, open_keys(config.keys)).ca_pem


def printer(uri: str) -> "Printer":
    """The printer alone. Raises `DeviceConfigError`."""
    from hal.registry import open_printer  # noqa: PLC0415 - as above

    return open_printer(uri)


def keys(config: Config) -> "KeyStore":
    """The key store alone. Raises `DeviceConfigError`."""
    from hal.registry import open_keys  # noqa: PLC0415 - as above

    return open_keys(config.keys)
