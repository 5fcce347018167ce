"""The board: the frozen bundle of opened ports that the firmware is handed."""

from dataclasses import dataclass

from hal.ports.badge_reader import BadgeReader
from hal.ports.buttons import Buttons
from hal.ports.clock import Clock
from hal.ports.converter import Converter
from hal.ports.indicator import Indicator
from hal.ports.installer import Installer
from hal.ports.key_store import KeyStore
from hal.ports.nearby import Nearby
from hal.ports.printer import Printer
from hal.ports.push_button import PushButton
from hal.ports.random_source import RandomSource
from hal.ports.storage import Storage
from hal.ports.voice import Voice
from hal.ports.watchdog import Watchdog
from hal.ports.workers import Workers


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the firmware may touch."""

    readers: tuple[BadgeReader, ...]
    printer: Printer
    converter: Converter
    indicator: Indicator
    clock: Clock
    random: RandomSource
    keys: KeyStore
    storage: Storage
    watchdog: Watchdog
    workers: Workers
    buttons: tuple[Buttons, ...] = ()
    voice: Voice | None = None
    installer: Installer | None = None
    reset_button: PushButton | None = None
    nearby: Nearby | None = None
