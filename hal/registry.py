"""Which driver serves which URI scheme; a driver is imported when the configuration names it, not before."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from hal.board import Board
from hal.drivers.context import DriverContext
from hal.drivers.records import wanted_record
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.badge_reader import BadgeReader
from hal.ports.buttons import Buttons
from hal.ports.clock import Clock
from hal.ports.errors import DeviceConfigError
from hal.ports.indicator import Indicator
from hal.ports.installer import Installer
from hal.ports.key_store import KeyStore
from hal.ports.nearby import Nearby
from hal.ports.printer import Printer
from hal.ports.push_button import PushButton
from hal.ports.random_source import RandomSource
from hal.ports.storage import Storage
from hal.ports.workers import Workers


@dataclass(frozen=True, slots=True)
class BoardConfig:
    """One URI a device, as written in the configuration. An empty `voice`, `installer` or `reset_button` is
    none; `seek`: the mesh is looked for nearby."""

    readers: tuple[str, ...]
    printer: str
    keys: str
    storage: str
    indicator: tuple[str, ...] = ("log:",)
    buttons: tuple[str, ...] = ()
    voice: str = ""
    watchdog: str = "systemd:"
    converter: str = "none:"
    installer: str = ""
    reset_button: str = ""
    seek: bool = False


@dataclass(frozen=True, slots=True)
class Driver:
    """A module with `open(uri, context)`, and the extra of this distribution that brings what it imports. Where a look
    at the machine can tell why such a device does not work, `findings` is the module with `findings()`."""

    module: str
    extra: str = ""
    findings: str = ""


READERS = {
    "pcsc": Driver("hal.drivers.pcsc_reader", "pcsc", "hal.drivers.pcsc_findings"),
    "serial": Driver("hal.drivers.serial_reader", "serial"),
    "evdev": Driver("hal.drivers.evdev_reader", "hid"),
    "tcp": Driver("hal.drivers.tcp_reader"),
    "tcp-listen": Driver("hal.drivers.tcp_reader"),
}
RECORDS = Driver("hal.drivers.ndef_reader", "nfc")
"""What makes a reader of records out of another one."""
PRINTERS = {
    "ipps": Driver("hal.drivers.ipp_printer", "ipp"),
    "cups": Driver("hal.drivers.cups_printer", "cups"),
    "none": Driver("hal.drivers.no_printer"),  # until pairing tells one
    "ipp": Driver("hal.drivers.ipp_printer", "ipp"),  # opened only with the explicit consent in its URI
    "usblp": Driver("hal.drivers.usblp_printer", "", "hal.drivers.usb_findings"),
    "ipp-usb": Driver("hal.drivers.ipp_usb_printer", "ipp", "hal.drivers.usb_findings"),
}
CONVERTERS = {
    "none": Driver("hal.drivers.no_converter"),
    "mutool": Driver("hal.drivers.mutool_converter", findings="hal.drivers.mutool_converter"),
}
DISCOVERY = Driver("hal.drivers.dns_sd", "discovery")
PRINTER_DISCOVERY = Driver("hal.drivers.dns_sd_printers", "discovery")
"""What listens for a mesh, and for printers."""
INDICATORS = {
    "log": Driver("hal.drivers.log_indicator"),
    "gpio": Driver("hal.drivers.gpio_indicator", "gpio"),
    "alsa": Driver("hal.drivers.alsa_indicator"),
}
READER_INDICATOR = "reader:"
"""The lamps and beepers of the readers themselves, opened already."""
COMBINED_INDICATOR = Driver("hal.drivers.combined_indicator")
BUTTONS = {"gpio": Driver("hal.drivers.gpio_buttons", "gpio"), "evdev": Driver("hal.drivers.evdev_buttons", "hid")}
PUSH_BUTTONS = {"gpio": Driver("hal.drivers.gpio_push_button", "gpio")}
VOICES = {"espeak": Driver("hal.drivers.espeak_voice")}
KEY_STORES = {"file": Driver("hal.drivers.file_key_store"), "tpm": Driver("hal.drivers.tpm_key_store")}
INSTALLERS = {"rauc": Driver("hal.drivers.rauc_installer")}
STORAGES = {"file": Driver("hal.drivers.file_storage")}
WATCHDOGS = {
    "systemd": Driver("hal.drivers.systemd_watchdog"),
    "none": Driver("hal.drivers.systemd_watchdog"),
}


def open_board(config: BoardConfig) -> Board:
    """The real board. Opens files and parses every URI; a reader or printer that is switched off is no error
    here. Raises `DeviceConfigError`."""
    context = new_context()
    readers = _open_readers(config.readers, context)
    return Board(
        readers=readers,
        printer=open_device("printer", PRINTERS, config.printer, context),
        converter=open_device("converter", CONVERTERS, config.converter, context),
        indicator=_open_indicators(config.indicator, readers, context),
        buttons=_open_buttons(config.buttons, context),
        voice=open_device("voice", VOICES, config.voice, context) if config.voice else None,
        clock=context.clock,
        random=context.random,
        keys=open_device("key store", KEY_STORES, config.keys, context),
        storage=open_device("storage", STORAGES, config.storage, context),
        watchdog=open_device("watchdog", WATCHDOGS, config.watchdog, context),
        workers=context.workers,
        installer=open_installer(config.installer),
        reset_button=_open_reset_button(config.reset_button, context),
        nearby=_open_nearby() if config.seek else None,
    )


@dataclass(frozen=True, slots=True)
class ReaderBench:
    """The readers alone, and a clock: for whoever must touch neither printer nor keys."""

    readers: tuple[BadgeReader, ...]
    clock: Clock


def open_readers(uris: tuple[str, ...]) -> ReaderBench:
    """The readers of a configuration and nothing else; one that is switched off is no error here. Raises
    `DeviceConfigError`."""
    context = new_context()
    return ReaderBench(_open_readers(uris, context), context.clock)


def open_storage(uri: str) -> Storage:
    """The durable storage alone. Raises `DeviceConfigError`, also while another process has it."""
    storage: Storage = open_device("storage", STORAGES, uri, new_context())
    return storage


def open_keys(uri: str) -> KeyStore:
    """The key store alone, for whoever must not disturb a station that runs. Raises `DeviceConfigError`."""
    store: KeyStore = open_device("key store", KEY_STORES, uri, new_context())
    return store


def open_installer(uri: str) -> Installer | None:
    """The installer alone, None for an empty URI. Raises `DeviceConfigError`."""
    return open_device("installer", INSTALLERS, uri, new_context()) if uri else None


def open_printer(uri: str) -> Printer:
    """A printer that became known after the board was opened. Raises `DeviceConfigError`."""
    printer: Printer = open_device("printer", PRINTERS, uri, new_context())
    return printer


@dataclass(frozen=True, slots=True)
class PrinterBench:
    """The printer alone, and what a test page takes: for whoever must touch neither readers nor keys."""

    printer: Printer
    clock: Clock
    random: RandomSource
    workers: Workers


def open_printer_bench(uri: str) -> PrinterBench:
    """Raises `DeviceConfigError`."""
    context = new_context()
    printer: Printer = open_device("printer", PRINTERS, uri, context)
    return PrinterBench(printer, context.clock, context.random, context.workers)


def _open_nearby() -> Nearby:
    found: Nearby = loaded("pairing.seek", DISCOVERY, "looking for the mesh").open()
    return found


def new_context() -> DriverContext:
    """The machine's own clock, workers and chance."""
    return DriverContext(SystemClock(), ThreadWorkers(), SystemRandom())


def open_device(kind: str, drivers: Mapping[str, Driver], uri: str, context: DriverContext) -> Any:
    """The port that `uri` names: an instance of whatever port the table `drivers` is for.
    Raises `DeviceConfigError` for an unknown scheme, a missing extra or a URI its driver does not take."""
    scheme, colon, _ = uri.partition(":")
    driver = drivers.get(scheme.lower())
    if not colon or driver is None:
        known = ", ".join(f"{name}:" for name in drivers)
        raise DeviceConfigError(kind, f"no driver for {uri!r}; there is {known}")
    return loaded(kind, driver, f"{scheme}:").open(uri, context)


def loaded(kind: str, driver: Driver, wanted: str) -> Any:
    """The driver's module, for what is told as `wanted`. Raises `DeviceConfigError` where the extra is missing."""
    try:
        return import_module(driver.module)
    except ModuleNotFoundError as exc:
        remedy = f": pip install 'lockgate[{driver.extra}]'" if driver.extra else ""
        words = f"{wanted} needs the package {exc.name}, which is not installed{remedy}"
        raise DeviceConfigError(kind, words) from exc


def open_reader(uri: str, context: DriverContext) -> BadgeReader:
    """The reader that `uri` names; one of records where its option `read` says so: any will do that lets cards be
    spoken to, and its driver takes the option. Raises `DeviceConfigError`."""
    reader: BadgeReader = open_device("reader", READERS, uri, context)
    kind = wanted_record(uri)
    if not kind:
        return reader
    made: BadgeReader = loaded("reader", RECORDS, f"read={kind}").NdefReader(reader, kind, context.clock)
    return made


def _open_readers(uris: tuple[str, ...], context: DriverContext) -> tuple[BadgeReader, ...]:
    readers = tuple(open_reader(uri, context) for uri in uris)
    names = [reader.name for reader in readers]
    if len(set(names)) < len(names):
        raise DeviceConfigError("reader", f"two readers have one name ({', '.join(names)}); give one ?name=")
    return readers


def _open_indicators(uris: tuple[str, ...], readers: tuple[BadgeReader, ...], context: DriverContext) -> Indicator:
    """One that shows each signal on all of them."""
    opened = [_open_indicator(uri, readers, context) for uri in uris]
    if len(opened) == 1:
        return opened[0]
    combined: Indicator = import_module(COMBINED_INDICATOR.module).CombinedIndicator(opened)
    return combined


def _open_indicator(uri: str, readers: tuple[BadgeReader, ...], context: DriverContext) -> Indicator:
    if uri == READER_INDICATOR:
        from hal.drivers.reader_indicator import ReaderIndicator  # noqa: PLC0415 - imported when it is wanted

        return ReaderIndicator(readers)
    indicator: Indicator = open_device("indicator", INDICATORS, uri, context)
    return indicator


def _open_buttons(uris: tuple[str, ...], context: DriverContext) -> tuple[Buttons, ...]:
    return tuple(open_device("buttons", BUTTONS, uri, context) for uri in uris)


def _open_reset_button(uri: str, context: DriverContext) -> PushButton | None:
    return open_device("reset button", PUSH_BUTTONS, uri, context) if uri else None
