"""A printer at a cable without a job model: bytes are taken or not, and nobody claims that paper came of them."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from tests.support.usblp_rig import UsblpRig, zeroes
from tools.peers.usb import usb_printer
from tools.peers.usb_nodes import RAW, UsbPrinterDevice

MIB = 1 << 20
NOT_FOUND, FORMAT_REFUSED, VALUES_REFUSED = 0x0406, 0x040A, 0x040B
END_OF_JOB = b"\x1b%-12345X"
HOST_BASED = replace(RAW, device_id="MFG:Canon;MDL:LBP2900;CMD:CAPT;")
UNFRAMED = replace(RAW, device_id="MFG:Acme;MDL:Plain;CMD:PDF,URF;URF:W8,SRGB24,RS300;")

Made = Callable[..., UsblpRig]


@pytest.fixture
def made() -> Iterator[Made]:
    with ExitStack() as stack:

        def make(device: UsbPrinterDevice = UNFRAMED, uri: str = "") -> UsblpRig:
            rig = UsblpRig(stack.enter_context(usb_printer(device)), uri)
            stack.callback(rig.close)
            return rig

        yield make


def second(rig: UsblpRig, stack: ExitStack) -> UsblpRig:
    """Another process, that wants the same printer."""
    other = UsblpRig(rig.peer)
    stack.callback(other.close)
    return other


def test_it_says_what_it_is(made: Made) -> None:
    rig = made(RAW)
    said = rig.ask("status")
    assert said == {"state": "idle", "reasons": [], "accepting": True, "name": "Hewlett-Packard HP LaserJet 1020"}
    able = rig.ask("capabilities")
    assert able["formats"] == ["application/vnd.hp-PCL", "application/pdf"]
    assert able["quirks"] == ["forgets-jobs", "no-impressions"]


@pytest.mark.parametrize("chunks", [[1], [MIB], [MIB, 1], [5, 70_000, 3]])
def test_a_document_arrives_byte_for_byte_and_its_job_is_forgotten_not_completed(made: Made, chunks: list[int]) -> None:
    rig = made()
    sent = rig.print(*chunks, size=sum(chunks))
    assert "error" not in sent
    assert rig.until_arrived(sum(chunks)) == zeroes(sum(chunks))
    assert rig.ask("job", job=sent["job"])["status"] == NOT_FOUND


def test_a_job_is_ours_until_the_printer_has_it(made: Made) -> None:
    rig = made()
    job = rig.ask("create", name="lockgate-1")
    assert job["uuid"].startswith("urn:uuid:")
    assert rig.ask("job", job=job["job"])["state"] == "pending"
    rig.ask("send", job=job["job"], chunks=[10])
    rig.ask("pulled")
    during = rig.ask("job", job=job["job"])
    assert (during["state"], during["reasons"], during["name"]) == ("processing", ["job-incoming"], "lockgate-1")
    assert during["impressions"] is None
    rig.ask("more", size=0)
    assert rig.ask("sent") == {}


@pytest.mark.parametrize(
    ("port", "state", "reasons", "accepting"),
    [
        (0x38, "stopped", ["media-empty-error"], True),
        (0x30, "stopped", ["media-empty-error"], True),
        (0x50, "stopped", ["media-jam-error"], True),
        (0x90, "stopped", ["cover-open-error"], True),
        (0x10, "stopped", ["other-error"], True),
        (0xD8, "idle", [], True),
        (0x08, "stopped", ["paused"], False),
    ],
)
def test_the_port_says_why_it_does_not_print(
    made: Made, port: int, state: str, reasons: list[str], accepting: bool
) -> None:
    rig = made()
    rig.peer.set(status=port)
    said = rig.ask("status")
    assert (said["state"], said["reasons"], said["accepting"]) == (state, reasons, accepting)


def test_a_format_that_its_device_id_does_not_list_is_refused_before_a_byte(made: Made) -> None:
    rig = made(HOST_BASED)
    assert rig.ask("capabilities")["formats"] == []
    assert rig.print(100)["status"] == FORMAT_REFUSED
    assert rig.arrived()[0] == 0


def test_settings_that_this_wire_does_not_have_are_refused(made: Made) -> None:
    rig = made()
    assert rig.print(100, copies=2)["status"] == VALUES_REFUSED
    assert rig.arrived()[0] == 0


def test_what_is_not_plugged_in_is_unreachable_and_found_in_its_new_place(made: Made) -> None:
    rig = made()
    assert rig.ask("status")["state"] == "idle"
    rig.peer.unplug()
    assert rig.ask("status")["error"] == "printer-unreachable"
    assert rig.print(10)["error"] == "printer-unreachable"
    rig.peer.plug(UNFRAMED.moved(address=9, node=3, port="1-4"))
    assert rig.ask("status")["state"] == "idle"
    assert "error" not in rig.print(1000)
    assert rig.until_arrived(1000) == zeroes(1000)


def test_a_cable_pulled_in_the_middle_is_an_unknown_outcome_and_the_next_job_works(made: Made) -> None:
    rig = made(RAW)
    rig.peer.set(limit=100_000)
    job = rig.ask("create")
    rig.ask("send", job=job["job"], chunks=[MIB, MIB, 0])
    rig.until_arrived(100_000)
    rig.peer.unplug()
    assert rig.ask("sent")["error"] == "outcome-unknown"
    assert rig.ask("job", job=job["job"])["status"] == NOT_FOUND
    rig.peer.plug(RAW.moved(address=6, node=1))
    assert "error" not in rig.print(500)
    rig.until_arrived(len(END_OF_JOB) + 500)


def test_a_cable_pulled_before_the_first_byte_sent_nothing(made: Made) -> None:
    rig = made()
    job = rig.ask("create")
    rig.peer.unplug()
    rig.ask("send", job=job["job"], chunks=[10, 0])
    assert rig.ask("sent")["error"] == "printer-unreachable"


def test_a_printer_that_takes_no_more_is_given_up_after_the_stall_limit(made: Made) -> None:
    rig = made(uri="usblp://03f0:2b17?stall=1")
    rig.peer.set(limit=10_000)
    assert rig.print(MIB)["error"] == "outcome-unknown"
    assert rig.arrived()[0] <= 10_000


def test_back_pressure_holds_a_document_until_paper_is_there(made: Made) -> None:
    rig = made()
    rig.peer.set(limit=5000, status=0x38)
    job = rig.ask("create")
    rig.ask("send", job=job["job"], chunks=[MIB, 0])
    rig.until_arrived(5000)
    assert rig.ask("status")["reasons"] == ["media-empty-error"]
    assert rig.ask("job", job=job["job"])["state"] == "processing"
    rig.peer.set(limit=-1, status=0x18)
    assert rig.ask("sent") == {}
    assert rig.until_arrived(MIB) == zeroes(MIB)


@pytest.mark.parametrize("device", [RAW, UNFRAMED], ids=["pjl", "no-pjl"])
def test_a_source_that_fails_leaves_a_cut_document_and_the_next_begins_anew(
    made: Made, device: UsbPrinterDevice
) -> None:
    rig = made(device)
    rig.print(1)  # the first of this process
    rig.until_arrived(1)
    job = rig.ask("create")
    rig.ask("send", job=job["job"], chunks=[1000, -1])
    assert rig.ask("sent")["error"] == "source"
    assert rig.ask("job", job=job["job"])["status"] == NOT_FOUND
    rig.until_arrived(1001 + (len(END_OF_JOB) if device is RAW else 0))
    rig.peer.set(fresh=True)
    assert "error" not in rig.print(10)
    begun = (END_OF_JOB if device is RAW else b"") + bytes(10)
    assert rig.until_arrived(len(begun)) == hashlib.sha256(begun).hexdigest()
    assert "error" not in rig.print(20)  # that one was whole, and nothing has to be ended before the next
    assert rig.until_arrived(len(begun) + 20) == hashlib.sha256(begun + bytes(20)).hexdigest()


def test_a_source_that_fails_at_once_sends_nothing(made: Made) -> None:
    rig = made()
    job = rig.ask("create")
    rig.ask("send", job=job["job"], chunks=[-1])
    assert rig.ask("sent")["error"] == "source"
    assert rig.ask("job", job=job["job"])["state"] == "canceled"
    assert rig.arrived()[0] == 0


def test_a_length_that_was_wrong_is_noticed(made: Made) -> None:
    rig = made()
    assert rig.print(12, size=11)["error"] == "document-length"
    assert rig.arrived()[0] == 0


def test_a_cancelled_transfer_ends_and_the_next_document_is_whole(made: Made) -> None:
    rig = made(UNFRAMED)
    rig.peer.set(limit=1000)
    job = rig.ask("create")
    rig.ask("send", job=job["job"], chunks=[MIB])
    rig.until_arrived(1000)
    assert rig.ask("abandon") == {"cancelled": True}
    assert rig.ask("job", job=job["job"])["status"] == NOT_FOUND


def test_cancelling_a_job_on_its_way_breaks_it_off(made: Made) -> None:
    rig = made()
    rig.peer.set(limit=1000)
    job = rig.ask("create")
    rig.ask("send", job=job["job"], chunks=[MIB, 0])
    rig.until_arrived(1000)
    rig.ask("cancel", job=job["job"])
    assert rig.ask("sent")["error"] == "outcome-unknown"


def test_a_job_that_was_cancelled_takes_no_document(made: Made) -> None:
    rig = made()
    job = rig.ask("create")
    rig.ask("cancel", job=job["job"])
    assert rig.ask("job", job=job["job"])["state"] == "canceled"
    rig.ask("send", job=job["job"], chunks=[10, 0])
    assert rig.ask("sent")["error"] == "printer-refused"
    assert rig.arrived()[0] == 0


def test_the_device_has_one_owner(made: Made) -> None:
    rig = made()
    with ExitStack() as stack:
        other = second(rig, stack)
        assert rig.ask("status")["state"] == "idle"
        said = other.ask("status")
        assert (said["error"], "another program" in said["detail"]) == ("printer-unreachable", True)
        rig.ask("close")
        assert other.ask("status")["state"] == "idle"


def test_another_serial_number_is_another_printer(made: Made) -> None:
    rig = made(uri="usblp://03f0:2b17/OTHER")
    assert "not plugged in" in rig.ask("status")["detail"]


def test_fifty_megabytes_pass(made: Made) -> None:
    rig = made()
    assert "error" not in rig.print(*[MIB] * 50)
    assert rig.until_arrived(50 * MIB) == zeroes(50 * MIB)
