"""The buttons port: presses of named buttons or of a keypad's keys. What a press means is the firmware's to say."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Button(StrEnum):
    """All the buttons that there may be; a box has some of them."""

    NEXT = "next"
    PREVIOUS = "previous"
    OK = "ok"
    CANCEL = "cancel"
    DIGIT_0 = "0"
    DIGIT_1 = "1"
    DIGIT_2 = "2"
    DIGIT_3 = "3"
    DIGIT_4 = "4"
    DIGIT_5 = "5"
    DIGIT_6 = "6"
    DIGIT_7 = "7"
    DIGIT_8 = "8"
    DIGIT_9 = "9"

    @property
    def is_digit(self) -> bool:
        """Whether it is one of ten."""
        return self.value.isdecimal()


@dataclass(frozen=True, slots=True)
class Press:
    """One button pressed once, however long it is held. It stays out of `repr`: it may be a digit of a PIN. `at` is the
    board's monotonic clock, in seconds."""

    button: Button = field(repr=False)
    at: float = 0.0


class Buttons(Protocol):
    """A source of presses, oldest first."""

    @property
    def name(self) -> str:
        """A short stable name for journals."""
        ...

    async def next_press(self) -> Press:
        """Wait for one press; safe to cancel. Raises `DeviceError` while the buttons cannot be had; a later call tries
        again."""
        ...

    async def aclose(self) -> None:
        """Release the device; idempotent. Who waits for a press gets `DeviceLostError`."""
        ...
