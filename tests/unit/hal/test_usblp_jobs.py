"""Jobs of a printer that knows none: kept while something is known of them, and refused where it cannot make them."""

from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from hal.drivers import usb_address
from hal.drivers.usblp_jobs import MOST, Jobs
from hal.drivers.usblp_printer import FORMAT_NOT_SUPPORTED, VALUES_NOT_SUPPORTED, UsblpPrinter
from hal.ports.errors import PrinterRefusedError
from hal.ports.printer import Capabilities, JobTicket
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom
from hal.sim.virtual_time import run

PCL = "application/vnd.hp-pcl"


async def untouched() -> AsyncIterator[bytes]:
    pytest.fail("the document was asked for")
    yield b""


@pytest.mark.parametrize(
    ("ticket", "status"),
    [
        (JobTicket("a", "application/pdf"), FORMAT_NOT_SUPPORTED),
        (JobTicket("a", PCL, copies=2), VALUES_NOT_SUPPORTED),
        (JobTicket("a", PCL, pages=((3, 9),)), VALUES_NOT_SUPPORTED),
    ],
)
def test_what_it_would_print_otherwise_than_asked_is_refused_before_a_byte(
    ticket: JobTicket, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = SimpleNamespace(clock=VirtualClock(), workers=None, random=SeededRandom(1))
    printer = UsblpPrinter(usb_address.parse("usblp://04b8:0001"), context)  # type: ignore[arg-type]  # all it takes

    async def capabilities() -> Capabilities:
        return Capabilities((PCL,))

    monkeypatch.setattr(printer, "capabilities", capabilities)
    job_id = printer._jobs.create(ticket).job_id
    with pytest.raises(PrinterRefusedError) as caught:
        run(printer.send_document(job_id, ticket, untouched()))
    assert caught.value.status == status


def test_the_oldest_job_goes_first() -> None:
    jobs = Jobs(SeededRandom(1))
    made = [jobs.create(JobTicket(f"job-{number}", PCL)).job_id for number in range(MOST + 1)]
    assert len(set(made)) == MOST + 1
    assert jobs.get(made[0]) is None
    assert jobs.find("job-0") is None
    assert [jobs.get(job_id) is not None for job_id in made[1:]] == [True] * MOST
