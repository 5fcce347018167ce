"""Waiting for news in virtual time: what ends the wait, and how often a printer is asked."""

import asyncio

import pytest

from hal.drivers.ipp_news import GAP, MOST, OFFER_AGAIN, USUAL
from hal.drivers.ipp_notices import (
    LEASE,
    NoticeRequests,
)
from hal.framing.ipp import IppOperation, Message, decode
from hal.sim import virtual_time
from tests.support.played_printer import WANTED, Answer, PlayedPrinter, never, news_of, notice, notices, now


def test_a_printer_that_takes_no_subscriptions_is_only_waited_for() -> None:
    async def main() -> None:
        printer = PlayedPrinter(never)
        printer.offer = Message(0, 1, printers=({},))
        news = news_of(printer)
        for _ in range(20):
            began = now()
            await news.next_change(7.0)
            assert now() == pytest.approx(began + 7.0)
        assert len(printer.asked) == 1
        await news.next_change(OFFER_AGAIN)
        await news.next_change(1.0)
        assert len(printer.asked) == 2
        await news.aclose()

    virtual_time.run(main())


def test_news_end_the_wait_and_nothing_else_does() -> None:
    async def held(_asked: Message) -> Answer:
        await asyncio.sleep(3.0)
        return notices(notice(1), notice(2))

    async def main() -> None:
        printer = PlayedPrinter(held)
        news = news_of(printer)
        await news.next_change(60.0)
        assert now() == 0.0, "a new subscription is news: what was before it, nobody told"
        await news.next_change(60.0)
        assert now() == pytest.approx(3.0)
        printer.listen = never
        await news.next_change(10.0)
        assert now() == pytest.approx(13.0)
        sequences = [asked["notify-sequence-numbers"] for asked in printer.questions(IppOperation.GET_NOTIFICATIONS)]
        assert sequences == [(1,), (3,)]
        await news.aclose()

    virtual_time.run(main())


def test_what_it_subscribes_to() -> None:
    request = NoticeRequests("ipps://p/").subscribe(("job-progress",))
    assert decode(request, WANTED).subscriptions == (
        {
            "notify-pull-method": ("ippget",),
            "notify-events": ("job-progress",),
            "notify-lease-duration": (LEASE,),
        },
    )


def test_a_question_that_is_held_back_outlives_the_call() -> None:
    """Else each call would cost the printer a connection."""

    async def held(_asked: Message) -> Answer:
        await asyncio.sleep(25.0)
        return notices(notice(1))

    async def main() -> None:
        printer = PlayedPrinter(held)
        news = news_of(printer)
        await news.next_change(1.0)
        for _ in range(5):
            await news.next_change(4.0)
        cancelled = asyncio.create_task(news.next_change(4.0))
        await asyncio.sleep(1.0)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        await news.next_change(60.0)
        assert now() == pytest.approx(25.0)
        assert len(printer.questions(IppOperation.GET_NOTIFICATIONS)) == 1
        await news.aclose()

    virtual_time.run(main())


@pytest.mark.parametrize(("interval", "pause"), [(None, USUAL), (30, 30), (0, USUAL), (100_000, MOST)])
def test_a_printer_that_does_not_wait_is_asked_in_its_own_interval(interval: int | None, pause: float) -> None:
    async def at_once(_asked: Message) -> Answer:
        return notices(interval=interval)

    async def main() -> None:
        printer = PlayedPrinter(at_once)
        news = news_of(printer)
        await news.next_change(1.0)
        await news.next_change(3 * pause + 1)
        assert printer.times(IppOperation.GET_NOTIFICATIONS) == pytest.approx([0.0, pause, 2 * pause, 3 * pause])
        waits = [asked["notify-wait"] for asked in printer.questions(IppOperation.GET_NOTIFICATIONS)]
        assert waits == [(True,), (False,), (False,), (False,)]
        await news.aclose()

    virtual_time.run(main())


def test_a_printer_that_always_has_news_is_not_asked_without_a_pause() -> None:
    count = 0

    async def talkative(_asked: Message) -> Answer:
        nonlocal count
        count += 1
        return notices(notice(count))

    async def main() -> None:
        printer = PlayedPrinter(talkative)
        news = news_of(printer)
        while now() < 10.0:
            await news.next_change(10.0)
        assert len(printer.asked) <= 10.0 / GAP + 3
        await news.aclose()

    virtual_time.run(main())


def test_old_notices_and_those_of_others_are_no_news() -> None:
    async def old(asked: Message) -> Answer:
        following = asked.operation["notify-sequence-numbers"][0]
        assert isinstance(following, int)
        return notices(notice(following - 1), notice(9, number=5), {"notify-sequence-number": ("",)})

    async def main() -> None:
        news = news_of(PlayedPrinter(old))
        await news.next_change(1.0)
        await news.next_change(50.0)
        assert now() == pytest.approx(50.0)
        await news.aclose()

    virtual_time.run(main())


def test_a_changed_configuration_is_told() -> None:
    told: list[str] = []

    async def changed(_asked: Message) -> Answer:
        return notices(notice(1, "printer-config-changed"))

    async def main() -> None:
        news = news_of(PlayedPrinter(changed), lambda: told.append("config"))
        await news.next_change(1.0)
        await news.next_change(1.0)
        assert told == ["config"]
        await news.aclose()

    virtual_time.run(main())


def test_whoever_waits_while_it_is_let_go_of_waits_on_without_news() -> None:
    """They were not cancelled, and must not be told that they were."""

    async def main() -> None:
        printer = PlayedPrinter(never)
        news = news_of(printer)
        await news.next_change(1.0)
        waiting = asyncio.create_task(news.next_change(20.0))
        await asyncio.sleep(5.0)
        began = now() - 5.0
        await news.aclose()
        await waiting
        assert now() == pytest.approx(began + 20.0)
        asked = len(printer.asked)
        await news.next_change(3.0)
        assert now() == pytest.approx(began + 23.0)
        assert (len(printer.asked), printer.closed) == (asked, True)

    virtual_time.run(main())


def test_a_farewell_that_is_cancelled_closes_the_connection_all_the_same() -> None:
    async def main() -> None:
        printer = PlayedPrinter(never)
        news = news_of(printer)
        await news.next_change(1.0)

        async def hanging(message: Message) -> Answer:
            return await never(message)

        printer._answer = hanging  # type: ignore[method-assign]  # it answers nothing any more
        leaving = asyncio.create_task(news.aclose())
        await asyncio.sleep(0.5)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert printer.closed

    virtual_time.run(main())


def test_the_highest_sequence_number_there_is_ends_the_subscription() -> None:
    """There is no asking for the one after it."""

    async def main() -> None:
        async def highest(asked: Message) -> Answer:
            return notices({**notice(0x7FFFFFFF), "notify-subscription-id": asked.operation["notify-subscription-ids"]})

        printer = PlayedPrinter(highest)
        news = news_of(printer)
        for _ in range(6):
            await news.next_change(1000.0)
        asked = printer.questions(IppOperation.GET_NOTIFICATIONS)
        assert {one["notify-sequence-numbers"] for one in asked} == {(1,)}
        assert len(printer.times(IppOperation.CREATE_PRINTER_SUBSCRIPTIONS)) == len(asked) == 3
        await news.aclose()

    virtual_time.run(main())


def test_two_who_wait_share_one_question_and_both_hear_the_news() -> None:
    async def held(_asked: Message) -> Answer:
        await asyncio.sleep(3.0)
        return notices(notice(1))

    async def main() -> None:
        printer = PlayedPrinter(held)
        news = news_of(printer)
        await news.next_change(60.0)
        ended: list[float] = []

        async def waiting(seconds: float) -> None:
            await news.next_change(seconds)
            ended.append(now())

        await asyncio.gather(waiting(60.0), waiting(50.0), waiting(1.0))
        assert ended == pytest.approx([1.0, 3.0, 3.0])
        assert len(printer.questions(IppOperation.GET_NOTIFICATIONS)) == 1
        await news.aclose()

    virtual_time.run(main())


def test_one_who_gives_up_leaves_the_question_to_the_others() -> None:
    async def held(_asked: Message) -> Answer:
        await asyncio.sleep(3.0)
        return notices(notice(1))

    async def main() -> None:
        printer = PlayedPrinter(held)
        news = news_of(printer)
        await news.next_change(60.0)
        other = asyncio.create_task(news.next_change(60.0))
        await asyncio.sleep(1.0)
        impatient = asyncio.create_task(news.next_change(60.0))
        await asyncio.sleep(1.0)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        await other
        assert now() == pytest.approx(3.0)
        await news.aclose()

    virtual_time.run(main())


def test_an_answer_that_one_has_taken_does_not_end_the_next_ones_question() -> None:
    """Who is woken later by the answer before finds a question of somebody else's, and lets it be."""
    count = 0

    async def held(_asked: Message) -> Answer:
        nonlocal count
        count += 1
        await asyncio.sleep(3.0)
        return notices(notice(count))

    async def main() -> None:
        printer = PlayedPrinter(held)
        news = news_of(printer)

        async def twice() -> None:
            await news.next_change(60.0)  # the new subscription, after which the next question is asked at once
            await news.next_change(60.0)

        await asyncio.gather(twice(), twice(), twice())
        assert len(printer.questions(IppOperation.GET_NOTIFICATIONS)) == 1
        await news.aclose()

    virtual_time.run(main())
