"""The served twin's subscriptions as a client that pulls sees them (RFC 3995, RFC 3996)."""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from hal.drivers.system_clock import SystemClock
from hal.framing.ipp import IppOperation
from hal.ports.printer import JobTicket
from hal.sim.ipp_message import BOOL, CHARSET, INT, KEYWORD, LANGUAGE, URI, Attr, Group, Request, parse_request, written
from hal.sim.ipp_printer import ServedPrinter
from hal.sim.printer import SimPrinter
from hal.sim.printer_commands import obey
from hal.sim.random_source import SeededRandom
from hal.sim.words import parse
from tests.support import aio
from tests.support.printer_rigs import PDF, document
from tests.support.reader_rig import until

SUBSCRIBED, EVENTS = 6, 7
PULLED = (Attr("notify-pull-method", KEYWORD, ["ippget"]),)


class Client:
    """Speaks IPP to a served twin, with the twin's own codec."""

    def __init__(self, served: ServedPrinter, session: aiohttp.ClientSession) -> None:
        self._served, self._session = served, session

    async def __call__(self, operation: IppOperation, *asked: Attr, subscription: tuple[Attr, ...] = ()) -> Request:
        head = [
            Attr("attributes-charset", CHARSET, ["utf-8"]),
            Attr("attributes-natural-language", LANGUAGE, ["en"]),
            Attr("printer-uri", URI, [self._served.uri]),
        ]
        groups = [(1, [*head, *asked]), *([(SUBSCRIBED, subscription)] if subscription else [])]
        message = written((2, 0), operation, 1, groups)
        async with self._session.post(self._served.uri.replace("ipp:", "http:"), data=message) as answer:
            return parse_request(await answer.read())[0]

    async def subscribe(self, *events: str, lease: int = 60) -> int:
        wanted = (*PULLED, Attr("notify-events", KEYWORD, events), Attr("notify-lease-duration", INT, [lease]))
        answer = await self(IppOperation.CREATE_PRINTER_SUBSCRIPTIONS, subscription=wanted)
        (made,) = groups(answer, SUBSCRIBED)
        assert made["notify-lease-duration"].values == [lease]
        return int(made["notify-subscription-id"].values[0])

    async def events(self, number: int, since: int = 1, *, wait: bool = False) -> list[str]:
        answer = await self(
            IppOperation.GET_NOTIFICATIONS,
            Attr("notify-subscription-ids", INT, [number]),
            Attr("notify-sequence-numbers", INT, [since]),
            Attr("notify-wait", BOOL, [wait]),
        )
        assert answer.value("notify-get-interval") > 0
        return [str(event["notify-subscribed-event"].values[0]) for event in groups(answer, EVENTS)]


def groups(answer: Request, wanted: int) -> list[Group]:
    return [group for tag, group in answer.groups if tag == wanted]


def serve(story: Callable[[SimPrinter, ServedPrinter, Client], Awaitable[None]]) -> None:
    async def main() -> None:
        twin = SimPrinter(SystemClock(), SeededRandom(1), page_seconds=0.0, latency=0.0)
        async with ServedPrinter(twin, encrypted=False) as served, aiohttp.ClientSession() as session:
            await story(twin, served, Client(served, session))

    aio.run(main())


def test_who_waits_is_told_when_it_happens() -> None:
    async def story(twin: SimPrinter, served: ServedPrinter, client: Client) -> None:
        number = await client.subscribe("printer-state-changed", "printer-stopped")
        waiting = asyncio.create_task(client.events(number, wait=True))
        requests = served.requests
        await until(lambda: served.requests > requests)
        assert not waiting.done()
        assert obey(twin, parse("cover open"))
        assert await waiting == ["printer-stopped", "printer-state-changed"]
        assert await client.events(number, 3) == []

    serve(story)


def test_a_job_is_followed_to_its_end() -> None:
    async def story(twin: SimPrinter, _served: ServedPrinter, client: Client) -> None:
        number = await client.subscribe("job-created", "job-completed")
        ticket = JobTicket("followed", PDF)
        job_id = (await twin.create_job(ticket)).job_id
        assert await client.events(number) == ["job-created"]
        await twin.send_document(job_id, ticket, document(b"%PDF"))
        assert (await client.events(number, 2))[-1:] == ["job-completed"]

    serve(story)


def test_a_subscription_is_renewed_and_ended() -> None:
    async def story(_twin: SimPrinter, _served: ServedPrinter, client: Client) -> None:
        number = Attr("notify-subscription-id", INT, [await client.subscribe("job-completed")])
        renewed = await client(
            IppOperation.RENEW_SUBSCRIPTION, number, subscription=(Attr("notify-lease-duration", INT, [500]),)
        )
        assert groups(renewed, SUBSCRIBED)[0]["notify-lease-duration"].values == [500]
        assert (await client(IppOperation.CANCEL_SUBSCRIPTION, number)).code == 0
        assert (await client(IppOperation.GET_SUBSCRIPTION_ATTRIBUTES, number)).code == 0x0406

    serve(story)


@pytest.mark.parametrize("words", ["printer lacks events", "printer off"])
def test_nobody_is_subscribed_where_it_has_none_or_its_power_went(words: str) -> None:
    async def story(twin: SimPrinter, _served: ServedPrinter, client: Client) -> None:
        number = Attr("notify-subscription-id", INT, [await client.subscribe("job-completed")])
        for said in (words, "printer on"):
            assert obey(twin, parse(said))
        code = (await client(IppOperation.GET_SUBSCRIPTION_ATTRIBUTES, number)).code
        assert code == (0x0406 if words == "printer off" else 0x0501)

    serve(story)


def test_what_it_cannot_push_it_does_not_take() -> None:
    async def story(_twin: SimPrinter, _served: ServedPrinter, client: Client) -> None:
        pushed = (Attr("notify-recipient-uri", URI, ["mailto:ada@example.org"]),)
        answer = await client(IppOperation.CREATE_PRINTER_SUBSCRIPTIONS, subscription=pushed)
        assert answer.code == 0x0413

    serve(story)
