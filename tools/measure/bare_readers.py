"""The peers of the reader drivers: what each device library does by itself, in the shortest loop that reads a card.

`python -m tools.measure.bare_readers KIND DEVICE` says `{"ready": true}`, then `{"at": …}` for each card.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import evdev
import serial
from smartcard import scard

from tools.measure.saying import end_with_input, say_at, say_ready

GET_UID = [0xFF, 0xCA, 0, 0, 0]
"""PC/SC part 3, 3.2.2.1.3."""
PROTOCOLS = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1


def lines(path: str) -> Iterator[object]:
    """pyserial, blocking, until CR."""
    with serial.Serial(path) as port:
        say_ready()
        while True:
            yield port.read_until(b"\r")


def keys(path: str) -> Iterator[object]:
    """python-evdev's own loop, until Enter is pressed."""
    device = evdev.InputDevice(path)
    device.grab()
    say_ready()
    for event in device.read_loop():
        if event.type == evdev.ecodes.EV_KEY and event.code == evdev.ecodes.KEY_ENTER and event.value == 1:
            yield event


def uids(reader: str) -> Iterator[object]:
    """SCardGetStatusChange without a limit, then one APDU. The high half of a state counts cards put on and lifted."""
    context = _good(*scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM))
    state, counted = scard.SCARD_STATE_UNAWARE, -1
    while True:
        states = _good(*scard.SCardGetStatusChange(context, scard.INFINITE, [(reader, state)]))
        if counted < 0:
            say_ready()
        state, before = states[0][1] & ~scard.SCARD_STATE_CHANGED, counted
        counted = state >> 16
        if state & scard.SCARD_STATE_PRESENT and counted != before:
            card, protocol = _good(*scard.SCardConnect(context, reader, scard.SCARD_SHARE_SHARED, PROTOCOLS))
            yield _good(*scard.SCardTransmit(card, protocol, GET_UID))
            scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)


def _good(result: int, *values: Any) -> Any:
    """What a call gave beside its result: one value, or some. Raises `RuntimeError`."""
    if result != scard.SCARD_S_SUCCESS:
        raise RuntimeError(scard.SCardGetErrorMessage(result))
    return values[0] if len(values) == 1 else values


KINDS: Mapping[str, Callable[[str], Iterator[object]]] = {"serial": lines, "evdev": keys, "pcsc": uids}


def main() -> None:
    kind, device = sys.argv[1:]
    end_with_input()
    for _ in KINDS[kind](device):
        say_at()


if __name__ == "__main__":
    main()
