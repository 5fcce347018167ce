"""A job through a private cupsd, from its sending to its end, with a limit against hanging."""

import asyncio
import threading
from collections.abc import Callable

from hal.drivers.cups_address import NAME
from hal.drivers.cups_printer import CupsPrinter
from hal.ports.printer import JobStatus
from tests.support.printer_rigs import document, ticket

NOT_FOUND = 0x0406
LIMIT = 30
"""Seconds: against hanging, never to measure."""


async def eventually(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not true():  # noqa: ASYNC110 (files and processes tell nobody)
            await asyncio.sleep(0.01)


async def sent(printer: CupsPrinter, *chunks: bytes) -> int:
    asked = ticket(sum(map(len, chunks)))
    job_id = (await printer.create_job(asked)).job_id
    await printer.send_document(job_id, asked, document(*chunks))
    return job_id


async def over(printer: CupsPrinter, job_id: int) -> JobStatus:
    async with asyncio.timeout(LIMIT):
        while not (status := await printer.job_status(job_id)).state.final:
            await printer.next_change(0.01)
    return status


def lines() -> int:
    return sum(thread.name == f"{NAME}-line" for thread in threading.enumerate())
