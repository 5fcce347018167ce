"""PC/SC where pcscd and its virtual reader cannot be made to fail: a stand-in for the calls of winscard."""

import threading
from collections import deque

import pytest
from smartcard import scard

from hal.drivers.pcsc_connection import Connection, SilentError, is_extended
from hal.drivers.pcsc_monitor import Monitor, matches
from hal.drivers.pcsc_reader import open as open_reader
from hal.drivers.pcsc_slot import Manner, Outcome, Slot, Told, identify
from hal.framing.atr import Atr, ats_of, parse_atr
from hal.framing.dialect import CardRead
from hal.framing.pcsc_features import parse_features, parse_properties
from hal.ports.badge_reader import Fault, Medium
from hal.ports.errors import DeviceConfigError
from hal.quirks.pcsc import QUIRKS, quirk_of
from hal.registry import READERS
from hal.sim.cards.card import UidCard
from hal.sim.cards.slot import CardSlot
from tests.support.reader_rig import DriverRig

ACR122U = "ACS ACR122U PICC Interface 00 00"
UID = bytes.fromhex("04a1b2c3")
PRESENT, EMPTY = scard.SCARD_STATE_PRESENT, scard.SCARD_STATE_EMPTY
Change = tuple[int, int]
"""The result of one wait, and the state it found."""


class Winscard:
    """Waits end as `changes` says, the last one when it is cancelled; APDUs are answered as `answers` says."""

    def __init__(self, lists: list[list[str]], changes: list[Change], deaf: int = 0) -> None:
        self.lists, self.changes, self.deaf = deque(lists), deque(changes), deaf
        self.answers: dict[bytes, bytes] = {}
        self.escapes = False
        self.said: list[tuple[str, bytes]] = []
        self.cancelled, self.exhausted = threading.Event(), threading.Event()

    def SCardEstablishContext(self, _scope: int) -> tuple[int, int]:  # noqa: N802 - its own name
        return 0, 1

    def SCardReleaseContext(self, _context: int) -> int:  # noqa: N802 - its own name
        return 0

    def SCardListReaders(self, _context: int, _groups: list[str]) -> tuple[int, list[str]]:  # noqa: N802 - its own name
        names = self.lists.popleft() if len(self.lists) > 1 else self.lists[0]
        return (0, names) if names else (scard.SCARD_E_NO_READERS_AVAILABLE, [])

    def SCardGetStatusChange(  # noqa: N802 - its own name
        self, _context: int, _limit: int, states: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        if not self.changes:
            self.cancelled.wait(10)
            self.cancelled.clear()
            return scard.SCARD_E_CANCELLED, []
        result, state = self.changes.popleft()
        if not self.changes:
            self.exhausted.set()
        return result, [(states[0][0], state | scard.SCARD_STATE_CHANGED, list(CardSlot(UidCard(UID)).atr))]

    def SCardCancel(self, _context: int) -> int:  # noqa: N802 - its own name
        self.deaf -= 1
        if self.deaf < 0:
            self.cancelled.set()
        return 0

    def SCardConnect(self, _context: int, _reader: str, sharing: int, protocols: int) -> tuple[int, int, int]:  # noqa: N802 - its own name
        return 0, 2, protocols and scard.SCARD_PROTOCOL_T1

    def SCardDisconnect(self, _handle: int, _disposition: int) -> int:  # noqa: N802 - its own name
        return 0

    def SCardTransmit(self, _handle: int, _protocol: int, apdu: list[int]) -> tuple[int, list[int]]:  # noqa: N802 - its own name
        self.said.append(("apdu", bytes(apdu)))
        return 0, list(self.answers.get(bytes(apdu), b""))

    def SCardControl(self, _handle: int, _code: int, data: list[int]) -> tuple[int, list[int]]:  # noqa: N802 - its own name
        self.said.append(("escape", bytes(data)))
        return (0, []) if self.escapes else (scard.SCARD_E_UNSUPPORTED_FEATURE, [])


class Heard:
    """What a monitor tells, in its words."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def up(self, _context: int, reader: str) -> None:
        self.words.append("up")

    def lost(self, detail: str) -> None:
        self.words.append("lost")

    def presented(self, _context: int, _reader: str, _atr: bytes, *, mute: bool) -> None:
        self.words.append("mute" if mute else "presented")

    def lifted(self) -> None:
        self.words.append("lifted")


def told(lists: list[list[str]], changes: list[Change], deaf: int = 0) -> list[str]:
    """What a monitor tells until there are no more changes, and it is closed."""
    heard, over, api = Heard(), threading.Event(), Winscard(lists, changes, deaf)
    monitor = Monitor("ACR122U", heard, lambda _: over.set(), api)
    monitor.start()
    assert api.exhausted.wait(10)
    monitor.close()
    assert over.wait(10)
    return heard.words


def count(cards: int, state: int) -> Change:
    return 0, cards << 16 | state


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([count(0, EMPTY), count(1, PRESENT), count(2, EMPTY)], ["up", "presented", "lifted"]),
        ([count(1, PRESENT), count(2, EMPTY), count(3, PRESENT)], ["up", "lifted", "presented", "lifted"]),
        ([count(0, EMPTY), count(1, PRESENT), count(1, PRESENT | 0x80)], ["up", "presented", "lifted"]),
        ([count(0, EMPTY), count(1, PRESENT), count(3, PRESENT)], ["up", "presented", "lifted", "presented", "lifted"]),
        ([count(0, EMPTY), count(1, PRESENT | scard.SCARD_STATE_MUTE)], ["up", "mute", "lifted"]),
        ([count(0, EMPTY), count(0, scard.SCARD_STATE_UNAVAILABLE)], ["up", "lost"]),
        ([count(0, EMPTY), (scard.SCARD_E_UNKNOWN_READER, 0)], ["up", "lost"]),
        ([count(0, EMPTY), count(1, PRESENT), (scard.SCARD_E_NO_SERVICE, 0)], ["up", "presented", "lost", "lifted"]),
        ([count(0, EMPTY), (scard.SCARD_E_TIMEOUT, 0), count(1, PRESENT)], ["up", "presented", "lifted"]),
    ],
)
def test_what_the_monitor_makes_of_states(changes: list[Change], words: list[str]) -> None:
    assert told([[ACR122U], []], changes)[: len(words)] == words


def test_a_reader_that_is_plugged_in_is_found() -> None:
    plugged = (0, 0)
    assert told([[], ["Other"], [ACR122U]], [plugged, plugged, count(0, EMPTY)]) == ["lost", "lost", "up"]


def test_a_cancel_that_came_too_soon_is_repeated() -> None:
    assert told([[ACR122U]], [count(0, EMPTY)], deaf=3) == ["up"]


def test_slots_that_take_no_badge_are_left_out() -> None:
    picc, sam = "ACS ACR1252 [ACR1252 Dual Reader PICC] 00 00", "ACS ACR1252 [ACR1252 Dual Reader SAM] 01 00"
    assert matches([picc, sam], "ACR1252") == [picc]
    assert matches([sam], "ACR1252") == [sam]
    assert matches([picc, sam, ACR122U], "") == [picc, ACR122U]


def connection(answers: dict[str, str]) -> tuple[Winscard, Connection]:
    api = Winscard([[]], [])
    api.answers = {bytes.fromhex(apdu): bytes.fromhex(answer) for apdu, answer in answers.items()}
    return api, Connection(api, 2, scard.SCARD_PROTOCOL_T1)


@pytest.mark.parametrize(
    ("answers", "apdu", "whole"),
    [
        ({"00B0000000": "61 02", "00C0000002": "0102 9000"}, "00B0000000", "0102 9000"),
        ({"01B0000000": "01 6101", "01C0000001": "02 9000"}, "01B0000000", "0102 9000"),
        ({"00B0000000": "6C 01", "00B0000001": "07 9000"}, "00B0000000", "07 9000"),
        ({"00A40000013F00": "6C 02", "00A40000013F02": "0102 9000"}, "00A40000013F00", "0102 9000"),
        ({"00A40000013F": "6C 02"}, "00A40000013F", "6C02"),
    ],
)
def test_the_whole_response_is_fetched(answers: dict[str, str], apdu: str, whole: str) -> None:
    _, card = connection(answers)
    assert card.transceive(bytes.fromhex(apdu)) == bytes.fromhex(whole)


def test_a_card_that_has_always_more_to_give_is_left() -> None:
    _, card = connection({"00B0000000": "61 FF", "00C00000FF": "00" * 255 + "61FF"})
    with pytest.raises(SilentError):
        card.transceive(bytes.fromhex("00B0000000"))


def test_no_answer_is_silence_though_the_result_is_good() -> None:
    _, card = connection({})
    with pytest.raises(SilentError):
        card.transceive(bytes.fromhex("00B0000000"))


def test_an_extended_apdu_needs_a_card_that_takes_it() -> None:
    extended = bytes.fromhex("00B00000000000")
    assert is_extended(extended)
    assert not is_extended(bytes.fromhex("00B0000000"))
    api = Winscard([[]], [])
    assert Connection(api, 2, scard.SCARD_PROTOCOL_T0).transceive(extended) == b"\x67\x00"
    assert not api.said


@pytest.mark.parametrize("bad", ["", "01020304", "010203 9000", "04A1B2C3 6A81", "00" * 17 + "9000"])
def test_what_is_no_uid_is_none(bad: str) -> None:
    _, card = connection({"FFCA000000": bad})
    if len(bytes.fromhex(bad)) < 2:
        with pytest.raises(SilentError):
            identify(card, Atr())
    else:
        assert identify(card, Atr()) == Fault.GARBLED


def test_a_reader_without_the_ats_has_it_from_the_atr() -> None:
    _, card = connection({"FFCA000000": "04A1B2C3D4E5F69000", "FFCA010000": "6A81"})
    read = identify(card, parse_atr(bytes.fromhex("3B8180018080")))
    assert isinstance(read, CardRead)
    assert (read.iso_dep, read.ats, read.medium) == (True, bytes.fromhex("030280"), Medium.ISO14443A)


def presented(reader: str, *, escapes: bool) -> tuple[Winscard, Slot]:
    api = Winscard([[]], [])
    api.escapes = escapes
    good = {quirk.good.apdu: b"\x90\x00" for quirk in QUIRKS if quirk.good.apdu}
    api.answers = {bytes.fromhex("FFCA000000"): UID + b"\x90\x00", bytes.fromhex("FF00520000"): b"\x90\x00", **good}
    heard: list[Told] = []
    slot = Slot(Manner(), heard.append, lambda: 0.0, api)
    slot.up(1, reader)
    slot.presented(1, reader, CardSlot(UidCard(UID)).atr, mute=False)
    assert any(isinstance(one, Outcome) and isinstance(one.read, CardRead) for one in heard)
    assert not any(UID.hex() in repr(one) or repr(UID) in repr(one) for one in heard)
    return api, slot


def test_an_acr122u_is_quiet_at_once_or_with_the_first_card() -> None:
    quiet = bytes.fromhex("FF00520000")
    api, _ = presented(ACR122U, escapes=True)
    assert api.said[0] == ("escape", quiet)
    assert ("apdu", quiet) not in api.said
    api, _ = presented(ACR122U, escapes=False)
    assert [how for how, said in api.said if said == quiet] == ["escape", "apdu"]


@pytest.mark.parametrize(
    ("reader", "how"),
    [(ACR122U, "apdu"), ("ACS ACR1252 1S CL Reader 00 00", "apdu"), ("ACS ACR1255U-J1 00 00", "escape")],
)
def test_a_good_read_is_heard(reader: str, how: str) -> None:
    api, slot = presented(reader, escapes=True)
    slot.sound(good=True)
    assert api.said[-1][0] == how
    slot.lifted()
    slot.sound(good=True)
    assert api.said[-1][0] == "escape"


def test_an_unknown_reader_is_sent_nothing_of_the_kind() -> None:
    api, slot = presented("SCM SCL011 00 00", escapes=True)
    slot.sound(good=True)
    assert [said for _, said in api.said] == [bytes.fromhex("FFCA000000")]


def test_each_quirk_says_why_and_where_it_is_from() -> None:
    assert all(quirk.reason and quirk.link.startswith("https://") for quirk in QUIRKS)
    assert [quirk for quirk in QUIRKS if quirk_of(f"ACS {quirk.match}U 00 00") != quirk] == []


@pytest.mark.parametrize(
    ("atr", "medium", "iso_dep"),
    [
        ("3B8F8001804F0CA000000306030001000000006A", Medium.ISO14443A, False),
        ("3B8F8001804F0CA0000003060B00000000000063", Medium.ISO15693, False),
        ("3B8F8001804F0CA00000030611003B00000000 42", Medium.FELICA, False),
        ("3B8F8001804F0CA00000030603F011000000008A", Medium.FELICA, False),
        ("3B8180018080", Medium.UNKNOWN, True),
        ("3B6500002063CB6800", Medium.UNKNOWN, False),
        ("3B8F8001804F", Medium.UNKNOWN, False),
        ("", Medium.UNKNOWN, False),
        ("3BF0", Medium.UNKNOWN, False),
    ],
)
def test_what_an_atr_says(atr: str, medium: Medium, iso_dep: bool) -> None:
    found = parse_atr(bytes.fromhex(atr))
    assert (found.medium, found.iso_dep) == (medium, iso_dep)
    assert bool(ats_of(found)) is iso_dep


def test_features_and_properties_are_entries_of_tag_length_value() -> None:
    assert parse_features(bytes.fromhex("12 04 42330012 0A 04 4233000A 01 05")) == {0x12: 0x42330012, 0x0A: 0x4233000A}
    assert parse_properties(bytes.fromhex("0A 04 00000100 01 01 07 02 03 000000")) == {0x0A: 0x10000, 1: 7}


@pytest.mark.parametrize(
    "uri", ["pcsc:/dev/x", "pcsc://host", "pcsc:?sharing=mine", "pcsc:?buzzer=on", "pcsc:?baud=1", "pcsc:?reader=%00"]
)
def test_what_no_reader_can_be_is_refused(uri: str) -> None:
    rig = DriverRig()
    with pytest.raises(DeviceConfigError):
        open_reader(uri, rig.context)
    rig.close()


def test_it_is_registered_and_named() -> None:
    rig = DriverRig()
    assert READERS["pcsc"].module == open_reader.__module__
    assert [open_reader(f"pcsc:{part}", rig.context).name for part in ("", "?reader=ACR", "?reader=A&name=x")] == [
        "pcsc", "ACR", "x"
    ]  # fmt: skip
    rig.close()
