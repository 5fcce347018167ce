"""A printer at usblp that lies, flaps and vanishes again and again: never a completed job, nothing hangs or is left."""

import hashlib
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.usblp_rig import UsblpRig, zeroes
from tools.peers.usb import usb_printer
from tools.peers.usb_nodes import RAW

MIB = 1 << 20
NOT_FOUND, FORMAT_REFUSED = 0x0406, 0x040A
END_OF_JOB = b"\x1b%-12345X"
PDF = b"MFG:Acme;MDL:One;CMD:PDF;"
ROUNDS = 6


@pytest.fixture
def rig() -> Iterator[UsblpRig]:
    with usb_printer() as peer:
        made = UsblpRig(peer)
        yield made
        made.close()


def descriptors(rig: UsblpRig) -> int:
    return len(os.listdir(f"/proc/{rig.pid}/fd"))  # noqa: PTH208 (names are counted)


@pytest.mark.parametrize(
    ("identity", "formats"),
    [
        (b"\xff\xff" + PDF, ["application/pdf"]),
        (b"\x00\x03" + PDF, ["application/pdf"]),
        (b"\x00\x00" + PDF, ["application/pdf"]),
        (b"\x00\x1b" + PDF[:-2], []),
        (b"\x00\x1bMFG:\xc3\xa9\xff\x80;CMD:\x01PDF\x7f;", ["application/pdf"]),
        (b"\xff\xff" + b"CMD:" + b"PDF," * 2000, ["application/pdf"]),
        (b"\x03\xceMFG:Acme;DES:" + b"x" * 950 + b";CMD:PDF;", ["application/pdf"]),
        (b"\x00\x02", []),
        (b"\x00", []),
        (b"\xff" * 4000, []),
        (b"\x00\x10;;;:::;CMD:;CMD:PDF;", []),
    ],
)
def test_a_device_id_that_lies_is_read_as_far_as_it_goes(rig: UsblpRig, identity: bytes, formats: list[str]) -> None:
    rig.peer.set(identity=identity.hex())
    assert rig.ask("capabilities")["formats"] == formats
    sent = rig.print(1000)
    if not formats:
        assert (sent["status"], rig.arrived()[0]) == (FORMAT_REFUSED, 0)
    else:
        assert rig.until_arrived(1000) == zeroes(1000)
        assert rig.ask("job", job=sent["job"])["status"] == NOT_FOUND


def test_it_vanishes_in_each_document_and_comes_back_elsewhere(rig: UsblpRig) -> None:
    """Under another number at another port; and no file of those that are gone stays open."""
    rig.ask("status")
    before = descriptors(rig)
    for turn in range(ROUNDS):
        rig.peer.set(limit=70_000)
        job = rig.ask("create")
        rig.ask("send", job=job["job"], chunks=[MIB, MIB, 0])
        rig.until_arrived(70_000)
        rig.peer.unplug()
        assert rig.ask("sent")["error"] == "outcome-unknown"
        assert rig.ask("job", job=job["job"])["status"] == NOT_FOUND
        assert rig.print(10)["error"] == "printer-unreachable"
        rig.peer.plug(RAW.moved(address=10 + turn, node=turn + 1, port=f"1-{turn + 1}"))
        assert rig.ask("status")["state"] == "idle"
    assert descriptors(rig) <= before


def test_a_port_that_flaps_neither_ends_a_document_nor_finishes_it(rig: UsblpRig) -> None:
    job = rig.ask("create")
    rig.peer.set(limit=0)
    rig.ask("send", job=job["job"], chunks=[MIB, 0])
    for step in range(40):
        rig.peer.set(status=(0x18, 0x38, 0x00, 0xFF, 0x50)[step % 5], limit=1 + step * 997)
        rig.ask("status")
        assert rig.ask("job", job=job["job"])["state"] == "processing"
    rig.peer.set(status=0x18, limit=-1)
    assert rig.ask("sent") == {}
    rig.until_arrived(len(END_OF_JOB) + MIB)
    assert rig.ask("job", job=job["job"])["status"] == NOT_FOUND


def test_another_station_has_it_only_once_the_first_is_gone(rig: UsblpRig) -> None:
    """Killed in the middle of a document, even: the printer is told that it has ended before the next begins."""
    with ExitStack() as stack:
        other = UsblpRig(rig.peer)
        stack.callback(other.close)
        job = rig.ask("create")
        rig.ask("send", job=job["job"], chunks=[70_000])
        rig.until_arrived(len(END_OF_JOB) + 70_000)
        for _ in range(3):
            assert "another program" in other.ask("status")["detail"]
            assert other.print(10)["error"] == "printer-unreachable"
        os.kill(rig.pid, signal.SIGKILL)
        rig.ended()
        assert other.ask("status")["state"] == "idle"
        assert other.ask("job", job=job["job"])["status"] == NOT_FOUND
        rig.peer.set(fresh=True)
        assert "error" not in other.print(50)
        begun = END_OF_JOB + bytes(50)
        assert other.until_arrived(len(begun)) == hashlib.sha256(begun).hexdigest()
