"""News of a real connection: what happens at the printer ends the wait, and a subscription is given back at the end."""

import asyncio

import pytest

from hal.framing.ipp import Attribute, IppOperation, IppTag, Message
from hal.sim.printer_faults import Condition
from tests.support import aio
from tests.support.canned_printer import CannedPrinter, Groups, usual
from tests.support.printer_rigs import DriverRig, ServedRig, document, ticket

AGES = 3600.0
LAST_RESORT = 30.0


async def wait_for_news(rig: ServedRig) -> None:
    """One change: the subscription itself is the first."""
    await rig.printer.next_change(AGES)


def test_what_happens_to_a_job_is_news(served: ServedRig) -> None:
    async def main() -> None:
        async with asyncio.timeout(LAST_RESORT):
            await wait_for_news(served)
            asked = ticket(4)
            job = await served.printer.create_job(asked)
            waiting = asyncio.create_task(wait_for_news(served))
            await served.printer.send_document(job.job_id, asked, document(b"%PDF"))
            await waiting
            while not (await served.printer.job_status(job.job_id)).state.final:
                await wait_for_news(served)
        await served.printer.aclose()

    served.run(main())


@pytest.mark.parametrize("condition", [Condition.PAPER_OUT, Condition.COVER_OPEN])
def test_what_stops_the_printer_is_news(served: ServedRig, condition: Condition) -> None:
    async def main() -> None:
        async with asyncio.timeout(LAST_RESORT):
            await wait_for_news(served)
            waiting = asyncio.create_task(wait_for_news(served))
            served.twin.engine.put(condition)
            await waiting
            assert (await served.printer.status()).reasons == (condition.value,)
        await served.printer.aclose()

    served.run(main())


def test_a_connection_that_dies_while_we_wait_is_made_again(served: ServedRig) -> None:
    async def main() -> None:
        async with asyncio.timeout(LAST_RESORT):
            await wait_for_news(served)
            waiting = asyncio.create_task(wait_for_news(served))
            while served.server.requests < 3:  # noqa: ASYNC110 (the question is on its way)
                await asyncio.sleep(0.001)
            served.server.drop_connections()
            served.twin.engine.put(Condition.PAPER_OUT)
            await waiting
        await served.printer.aclose()

    served.run(main())


def subscribable(message: Message) -> Groups:
    """A printer with subscriptions that has nothing to tell and does not wait."""
    if message.code == IppOperation.GET_PRINTER_ATTRIBUTES:
        said = [
            Attribute("operations-supported", IppTag.ENUM, [0x16, 0x1A, 0x1B, 0x1C]),
            Attribute("notify-pull-method-supported", IppTag.KEYWORD, ["ippget"]),
        ]
        return [(IppTag.PRINTER, said)]
    if message.code == IppOperation.CREATE_PRINTER_SUBSCRIPTIONS:
        return [(IppTag.SUBSCRIPTION, [Attribute("notify-subscription-id", IppTag.INTEGER, [7])])]
    return []


def test_a_subscription_is_given_back() -> None:
    rig = DriverRig()

    async def main() -> None:
        canned = CannedPrinter(says=subscribable)
        async with canned.serving() as uri:
            printer = rig.open(f"{uri}?insecure=yes-not-encrypted")
            await printer.next_change(AGES)
            await printer.next_change(0.05)
            await printer.aclose()
        assert canned.codes()[:2] == [
            IppOperation.GET_PRINTER_ATTRIBUTES,
            IppOperation.CREATE_PRINTER_SUBSCRIPTIONS,
        ]
        assert canned.codes()[-1] == IppOperation.CANCEL_SUBSCRIPTION

    aio.run(main())
    rig.close()


def test_a_printer_without_subscriptions_is_asked_once_whether_it_has_some() -> None:
    rig = DriverRig()

    async def main() -> None:
        canned = CannedPrinter(says=usual)
        async with canned.serving() as uri:
            printer = rig.open(f"{uri}?insecure=yes-not-encrypted")
            for _ in range(3):
                await printer.next_change(0.01)
            while not canned.heard:
                await printer.next_change(0.01)
            await printer.aclose()
        assert canned.codes() == [IppOperation.GET_PRINTER_ATTRIBUTES]

    aio.run(main())
    rig.close()
