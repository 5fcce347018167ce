"""The lease of a subscription, in virtual time: renewed while somebody waits, made anew, ended."""

import asyncio

import pytest

from hal.drivers.ipp_notices import LEASE
from hal.framing.ipp import IppOperation, IppStatus, Message
from hal.sim import virtual_time
from tests.support.played_printer import Answer, PlayedPrinter, news_of, notice, notices, now


async def held(_asked: Message) -> Answer:
    """A question that is held back for half a minute, in which nothing happens."""
    await asyncio.sleep(30.0)
    return notices()


@pytest.mark.parametrize("lease", [LEASE, 0])
def test_the_lease_is_renewed_while_somebody_waits(lease: int) -> None:
    async def main() -> None:
        printer = PlayedPrinter(held)
        printer.lease = lease
        news = news_of(printer)
        await news.next_change(1.0)
        await news.next_change(4.0 * LEASE)
        assert bool(printer.times(IppOperation.RENEW_SUBSCRIPTION)) == bool(lease)
        assert len(printer.questions(IppOperation.CREATE_PRINTER_SUBSCRIPTIONS)) == 1
        await news.aclose()

    virtual_time.run(main())


def test_a_lease_that_cannot_be_renewed_is_made_anew() -> None:
    async def main() -> None:
        printer = PlayedPrinter(held)
        printer.refused.add(IppOperation.RENEW_SUBSCRIPTION)
        news = news_of(printer)
        await news.next_change(1.0)
        await news.next_change(LEASE)
        await news.next_change(LEASE)
        assert len(printer.questions(IppOperation.CREATE_PRINTER_SUBSCRIPTIONS)) == 2
        await news.aclose()

    virtual_time.run(main())


def test_the_end_of_a_subscription_is_taken_for_one() -> None:
    async def last(_asked: Message) -> Answer:
        return notices(notice(1), code=IppStatus.OK_EVENTS_COMPLETE)

    async def main() -> None:
        printer = PlayedPrinter(last)
        news = news_of(printer)
        for _ in range(4):
            await news.next_change(5.0)
        assert len(printer.questions(IppOperation.CREATE_PRINTER_SUBSCRIPTIONS)) == 2
        await news.aclose()

    virtual_time.run(main())


def test_a_lease_is_renewed_once_each_half_of_it_and_in_time() -> None:
    async def at_once(_asked: Message) -> Answer:
        return notices()

    async def main() -> None:
        printer = PlayedPrinter(at_once)
        news = news_of(printer)
        while now() < 2 * LEASE:
            await news.next_change(2 * LEASE - now())
        renewed = printer.times(IppOperation.RENEW_SUBSCRIPTION)
        pauses = [after - before for before, after in zip([0.0, *renewed], renewed, strict=False)]
        assert len(renewed) == 3
        assert all(LEASE / 2 <= pause < LEASE for pause in pauses)
        await news.aclose()

    virtual_time.run(main())
