"""The life of a subscription in virtual time: lost, made again, refused, given up; and what is none."""

import asyncio

import pytest

from hal.drivers.ipp_news import AGAIN, FAREWELL, HELD, WAIT
from hal.drivers.ipp_notices import read_notices, read_offer, read_subscription
from hal.framing.ipp import IppFormatError, IppOperation, IppStatus, Message, Values
from hal.ports.errors import DeviceError, PrinterProtocolError, PrinterRefusedError, PrinterUnreachableError
from hal.sim import virtual_time
from tests.support.played_printer import OFFER, Answer, PlayedPrinter, never, news_of, notice, notices, now


def test_a_lost_subscription_is_made_again_and_is_news() -> None:
    async def main() -> None:
        async def once(_asked: Message) -> Answer:
            printer.listen = lost
            return notices(notice(1))

        async def lost(_asked: Message) -> Answer:
            printer.listen = never
            return PrinterRefusedError("p", "", IppStatus.ERROR_NOT_FOUND)

        printer = PlayedPrinter(once)
        news = news_of(printer)
        for _ in range(4):
            await news.next_change(60.0)
        assert len(printer.questions(IppOperation.CREATE_PRINTER_SUBSCRIPTIONS)) == 2
        assert now() < 1.0
        await news.aclose()

    virtual_time.run(main())


@pytest.mark.parametrize("error", [PrinterUnreachableError("p"), PrinterRefusedError("p", "", 0x0406)])
def test_a_printer_that_keeps_failing_is_left_alone_for_a_while(error: DeviceError) -> None:
    async def fails(_asked: Message) -> Answer:
        return error

    async def main() -> None:
        printer = PlayedPrinter(fails)
        news = news_of(printer)
        while now() < 10 * AGAIN:
            await news.next_change(10 * AGAIN)
        assert len(printer.questions(IppOperation.GET_NOTIFICATIONS)) <= 11
        await news.aclose()

    virtual_time.run(main())


def test_one_that_cannot_be_reached_raises_nothing() -> None:
    async def main() -> None:
        printer = PlayedPrinter(never)
        printer.offer = PrinterUnreachableError("p")
        news = news_of(printer)
        await news.next_change(2 * AGAIN)
        assert now() == pytest.approx(2 * AGAIN)
        assert len(printer.asked) == 2
        await news.aclose()

    virtual_time.run(main())


def test_one_that_answers_waiting_questions_in_another_way_is_asked_without() -> None:
    async def parts(asked: Message) -> Answer:
        if asked.operation["notify-wait"] == (True,):
            return PrinterProtocolError("p", "multipart/related")
        return notices(notice(1))

    async def main() -> None:
        news = news_of(PlayedPrinter(parts))
        await news.next_change(1.0)
        await news.next_change(60.0)
        assert now() < 60.0
        await news.aclose()

    virtual_time.run(main())


def test_one_that_waits_longer_than_we_do_is_asked_again() -> None:
    async def main() -> None:
        async def late(_asked: Message) -> Answer:
            await asyncio.sleep(WAIT)
            error = PrinterUnreachableError("p")
            error.__cause__ = TimeoutError()
            return error

        printer = PlayedPrinter(late)
        news = news_of(printer)
        await news.next_change(1.0)
        await news.next_change(3 * WAIT)
        assert len(printer.questions(IppOperation.GET_NOTIFICATIONS)) == 3
        assert len(printer.questions(IppOperation.CREATE_PRINTER_SUBSCRIPTIONS)) == 1
        await news.aclose()

    virtual_time.run(main())


def test_at_the_end_the_subscription_is_cancelled_once() -> None:
    async def main() -> None:
        printer = PlayedPrinter(never)
        news = news_of(printer)
        await news.next_change(1.0)
        await news.next_change(1.0)
        await news.aclose()
        await news.aclose()
        assert len(printer.questions(IppOperation.CANCEL_SUBSCRIPTION)) == 1
        assert printer.closed

    virtual_time.run(main())


def test_a_printer_that_is_gone_does_not_hold_up_the_end() -> None:
    async def main() -> None:
        printer = PlayedPrinter(never)
        news = news_of(printer)
        await news.next_change(1.0)
        printer.refused.add(IppOperation.CANCEL_SUBSCRIPTION)
        await news.aclose()
        assert printer.closed

    virtual_time.run(main())


def test_two_may_wait_at_once() -> None:
    async def held(_asked: Message) -> Answer:
        await asyncio.sleep(3.0)
        printer.listen = never
        return notices(notice(1))

    printer = PlayedPrinter(held)

    async def main() -> None:
        news = news_of(printer)
        await news.next_change(1.0)
        await asyncio.gather(news.next_change(60.0), news.next_change(60.0))
        assert now() == pytest.approx(3.0)
        await news.aclose()

    virtual_time.run(main())


@pytest.mark.parametrize(
    "offer",
    [
        {},
        {**OFFER, "operations-supported": (22,)},
        {**OFFER, "notify-pull-method-supported": ("other",)},
        {**OFFER, "notify-events-supported": ("moon-full",)},
    ],
)
def test_what_is_no_offer(offer: Values) -> None:
    assert read_offer(Message(0, 1, printers=(offer,))) == ()


@pytest.mark.parametrize("groups", [(), ({},), ({"notify-subscription-id": (0,)},)])
def test_what_is_no_subscription(groups: tuple[Values, ...]) -> None:
    with pytest.raises(IppFormatError):
        read_subscription(Message(0, 1, subscriptions=groups))


def test_a_notice_without_a_subscription_is_taken_for_ours() -> None:
    said = read_notices(notices({"notify-sequence-number": (7,), "notify-subscribed-event": ("job-progress",)}), 1, 5)
    assert (said.events, said.following) == (frozenset({"job-progress"}), 8)


def test_a_printer_that_answers_soon_and_says_nothing_holds_nothing_back() -> None:
    async def soon(_asked: Message) -> Answer:
        await asyncio.sleep(HELD / 2)
        return notices()

    async def main() -> None:
        printer = PlayedPrinter(soon)
        news = news_of(printer)
        await news.next_change(1.0)
        await news.next_change(20.0)
        waits = [asked["notify-wait"] for asked in printer.questions(IppOperation.GET_NOTIFICATIONS)]
        assert waits[:2] == [(True,), (False,)]
        await news.aclose()

    virtual_time.run(main())


def test_the_numbers_of_a_new_subscription_begin_anew() -> None:
    async def main() -> None:
        async def once(_asked: Message) -> Answer:
            printer.listen = lost
            return notices(notice(7))

        async def lost(_asked: Message) -> Answer:
            printer.listen = never
            return PrinterRefusedError("p", "", IppStatus.ERROR_NOT_FOUND)

        printer = PlayedPrinter(once)
        news = news_of(printer)
        for _ in range(5):
            await news.next_change(10.0)
        sequences = [asked["notify-sequence-numbers"] for asked in printer.questions(IppOperation.GET_NOTIFICATIONS)]
        assert sequences == [(1,), (8,), (1,)]
        await news.aclose()

    virtual_time.run(main())


def test_notices_in_any_order_are_followed_by_the_next() -> None:
    read = read_notices(notices(notice(4), notice(3), notice(2)), 1, 2)
    assert read.following == 5


class Deaf(PlayedPrinter):
    """Says nothing to a farewell."""

    async def _answer(self, message: Message) -> Answer:
        if message.code == IppOperation.CANCEL_SUBSCRIPTION:
            await asyncio.Event().wait()
        return await super()._answer(message)


def test_a_farewell_that_is_not_answered_is_not_waited_for() -> None:
    async def main() -> None:
        printer = Deaf(never)
        news = news_of(printer)
        await news.next_change(1.0)
        await news.aclose()
        assert now() == FAREWELL
        assert printer.closed
        assert len(printer.times(IppOperation.CANCEL_SUBSCRIPTION)) == 1
        await news.aclose()
        assert len(printer.times(IppOperation.CANCEL_SUBSCRIPTION)) == 1

    virtual_time.run(main())
