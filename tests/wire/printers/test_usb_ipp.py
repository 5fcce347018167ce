"""The real ipp-usb in trouble: switched off, at another port, without its printer, without itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hal.drivers import usb_findings
from hal.ports.errors import PrinterUnreachableError
from hal.ports.printer import PrinterState
from tests.support.printer_rigs import printed, weighed
from tests.support.usb_rig import IppUsbRig
from tools.peers.ipp_usb import ipp_usb


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[IppUsbRig]:
    with ipp_usb() as peer:
        made = IppUsbRig(peer, monkeypatch)
        yield made
        made.close()


async def unreachable(rig: IppUsbRig) -> str:
    with pytest.raises(PrinterUnreachableError) as caught:
        await rig.printer.status()
    return caught.value.detail


def test_a_power_cycle_costs_no_restart(rig: IppUsbRig) -> None:
    """Nor does another place on the bus. What ipp-usb is asked meanwhile is refused, and says why."""

    async def main() -> None:
        await printed(rig, b"%PDF-1")
        for address in (7, 8):
            before = rig.peer.heard()
            rig.peer.usb.unplug()
            assert "not plugged in" in await unreachable(rig)
            rig.peer.usb.plug(rig.peer.usb.device.moved(address, port=f"1-{address}"))
            rig.peer.wait_until_served(before)
            job_id = await printed(rig, b"%PDF-2")
            assert rig.arrived(job_id) == weighed(b"%PDF-2")

    rig.run(main())


def test_the_port_is_looked_up_at_each_connection(rig: IppUsbRig) -> None:
    async def main() -> None:
        assert (await rig.printer.status()).state is PrinterState.IDLE
        rig.peer.stop()
        assert "ipp-usb does not run" in await unreachable(rig)
        rig.peer.port += 100 if rig.peer.port < 60000 else -100
        rig.peer.start()
        job_id = await printed(rig, b"%PDF-3")
        assert rig.arrived(job_id) == weighed(b"%PDF-3")
        await rig.printer.next_change(0.0)

    rig.run(main())


def test_what_ipp_usb_does_not_know_is_said(rig: IppUsbRig) -> None:
    async def main() -> None:
        (known,) = rig.peer.state_files
        said = known.read_bytes()
        known.unlink()
        assert "does not know this printer" in await unreachable(rig)
        known.write_bytes(b"[device]\nhttp-port = 99999\n")
        assert "cannot be used" in await unreachable(rig)
        known.write_bytes(b"[device]\nhttp-port = 1\n")
        assert "does not serve it" in await unreachable(rig)
        await rig.printer.next_change(0.0)
        known.write_bytes(said)
        assert (await rig.printer.status()).accepting

    rig.run(main())


def test_the_doctor_has_nothing_to_say_of_one_that_is_served(rig: IppUsbRig) -> None:
    root = Path(rig.peer.usb.root)
    assert usb_findings.findings(root, rig.peer.state, lambda name: name) == ()
    rig.peer.stop()
    (found,) = usb_findings.findings(root, rig.peer.state, lambda name: name)
    assert found.problem == "it speaks IPP over USB, and ipp-usb does not run"
