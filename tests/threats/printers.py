"""Attacks by printers, and by what stands in a printer's place."""

from typing import Any

from firmware.delivery.outcomes import OUTCOMES, PRINTED, Delivered
from hal.drivers import printer_address
from hal.ports.printer import JobState
from hal.sim.words import parse
from tests.support.printer_rigs import ServedRig, document, ticket
from tests.support.threat_model import Threat, breach, nothing, refuses, virtual, without
from tools.bench.world import World

OTHER_KEY = "0" * 64
DEEDS = (
    *("submit 40 pages as ada", "printer lies completed", "printer cuts after 1500000 bytes"),
    *("tap 04a1b2c3", "wait 2m"),
)


def another_printer() -> None:
    """Another printer answers at the address, with a certificate of its own, and would like the document."""
    rig = ServedRig()

    async def main() -> None:
        printer: Any = rig.open(f"{rig.server.uri}?pin=sha256:{OTHER_KEY}")
        with refuses("printer-untrusted"):
            asked = ticket(4)
            await printer.send_document((await printer.create_job(asked)).job_id, asked, document(b"%PDF"))
        assert rig.server.requests == 0

    try:
        rig.run(main())
    finally:
        rig.close()


def in_the_clear() -> None:
    """A configuration that somebody has changed from ipps to ipp."""
    with refuses("device-config"):
        printer_address.parse("ipp://printer.example/ipp/print")


@virtual
async def cut_and_completed() -> None:
    """Takes half of a document and says that it was printed: the job would be gone, and its owner without it."""
    world = World()
    await world.begin()
    for words in DEEDS:
        happened = await world.do(parse(words))
    await world.aclose()
    breach(happened.printed, "the mesh believes that it was printed")
    assert happened.held == 1


def _trusting() -> dict[Delivered, Any]:
    return OUTCOMES | {Delivered.CUT: dict.fromkeys(OUTCOMES[Delivered.CUT], PRINTED) | {JobState.COMPLETED: PRINTED}}


THREATS = (
    Threat("printer-swapped", another_printer, without(("hal.drivers.printer_trust.PrinterTrust.check", nothing))),
    Threat("printer-in-the-clear", in_the_clear, without(("hal.drivers.printer_address.PLAIN_TEXT_CONSENT", None))),
    Threat(
        "printer-cuts-and-says-completed",
        cut_and_completed,
        without(("firmware.delivery.outcomes.OUTCOMES", _trusting())),
    ),
)
