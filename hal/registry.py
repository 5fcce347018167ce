"""Which driver serves which URI scheme; a driver is imported when the configuration names it, not before."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from hal.board import Board
from hal.drivers.context import DriverContext
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.badge_reader import BadgeReader
from hal.ports.errors import DeviceConfigError
from hal.ports.key_store import KeyStore
from hal.ports.printer import Printer


@dataclass(frozen=True, slots=True)
class BoardConfig:
    """One URI a device, as written in the configuration."""

    readers: tuple[str, ...]
    printer: str
    keys: str
    storage: str
    indicator: str = "log:"
    watchdog: str = "systemd:"


@dataclass(frozen=True, slots=True)
class Driver:
    """A module with `open(uri, context)`, and the extra of this distribution that brings what it imports."""

    module: str
    extra: str = ""


READERS = {"serial": Driver("hal.drivers.serial_reader", "serial")}
PRINTERS = {
    "ipps": Driver("hal.drivers.ipp_printer", "ipp"),
    "none": Driver("hal.drivers.no_printer"),  # until pairing tells one
    "ipp": Driver("hal.drivers.ipp_printer", "ipp"),  # opened only with the explicit consent in its URI
}
INDICATORS = {"log": Driver("hal.drivers.log_indicator")}
KEY_STORES = {"file": Driver("hal.drivers.file_key_store"), "tpm": Driver("hal.drivers.tpm_key_store")}
STORAGES = {"file": Driver("hal.drivers.file_storage")}
WATCHDOGS = {
    "systemd": Driver("hal.drivers.systemd_watchdog"),
    "none": Driver("hal.drivers.systemd_watchdog"),
}


def open_board(config: BoardConfig) -> Board:
    """The real board. Opens files and parses every URI; a reader or printer that is switched off is no error
    here. Raises `DeviceConfigError`."""
    context = _context()
    return Board(
        readers=_open_readers(config.readers, context),
        printer=open_device("printer", PRINTERS, config.printer, context),
        indicator=open_device("indicator", INDICATORS, config.indicator, context),
        clock=context.clock,
        random=context.random,
        keys=open_device("key store", KEY_STORES, config.keys, context),
        storage=open_device("storage", STORAGES, config.storage, context),
        watchdog=open_device("watchdog", WATCHDOGS, config.watchdog, context),
        workers=context.workers,
    )


def open_keys(uri: str) -> KeyStore:
    """The key store alone, for whoever must not disturb a station that runs. Raises `DeviceConfigError`."""
    store: KeyStore = open_device("key store", KEY_STORES, uri, _context())
    return store


def open_printer(uri: str) -> Printer:
    """A printer that became known after the board was opened. Raises `DeviceConfigError`."""
    printer: Printer = open_device("printer", PRINTERS, uri, _context())
    return printer


def _context() -> DriverContext:
    return DriverContext(SystemClock(), ThreadWorkers(), SystemRandom())


def open_device(kind: str, drivers: Mapping[str, Driver], uri: str, context: DriverContext) -> Any:
    """The port that `uri` names: an instance of whatever port the table `drivers` is for.
    Raises `DeviceConfigError` for an unknown scheme, a missing extra or a URI its driver does not take."""
    scheme, colon, _ = uri.partition(":")
    driver = drivers.get(scheme.lower())
    if not colon or driver is None:
        known = ", ".join(f"{name}:" for name in drivers)
        raise DeviceConfigError(kind, f"no driver for {uri!r}; there is {known}")
    try:
        module = import_module(driver.module)
    except ModuleNotFoundError as exc:
        raise DeviceConfigError(kind, _missing(driver, scheme, exc)) from exc
    return module.open(uri, context)


def _missing(driver: Driver, scheme: str, exc: ModuleNotFoundError) -> str:
    remedy = f": pip install 'lockgate[{driver.extra}]'" if driver.extra else ""
    return f"{scheme}: needs the package {exc.name}, which is not installed{remedy}"


def _open_readers(uris: tuple[str, ...], context: DriverContext) -> tuple[BadgeReader, ...]:
    readers: tuple[BadgeReader, ...] = tuple(open_device("reader", READERS, uri, context) for uri in uris)
    names = [reader.name for reader in readers]
    if len(set(names)) < len(names):
        raise DeviceConfigError("reader", f"two readers have one name ({', '.join(names)}); give one ?name=")
    return readers
