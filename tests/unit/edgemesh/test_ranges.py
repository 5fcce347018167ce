"""Single byte ranges of a body (RFC 9110 14), as a station resumes with them."""

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_http import Answer
from tests.support.mesh_site import BADGE, MemorySite

SIZE = 1056  # of the body of a thousand bytes


async def fetched(wanted: str, if_range: str = "") -> tuple[Answer, bytes]:
    site = MemorySite()
    upload = await site.client.seal(bytes(1000))
    url = (await site.client.announce(upload)).expect(201)["body_urls"][0]
    (await site.client.put(upload, url)).expect(201)
    await site.station.tap(BADGE)
    grant = (await site.station.ask(upload.job)).expect(201)
    headers = {"Range": wanted} | ({"If-Range": if_range} if if_range else {})
    assert grant["body"]["size"] == len(upload.body) == SIZE
    return await site.station.wire.send("GET", grant["body"]["urls"][0], headers=headers), upload.body


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-", 0, SIZE),
        ("bytes=0-0", 0, 1),
        ("bytes=1000-", 1000, SIZE),
        ("bytes=10-19", 10, 20),
        ("bytes=10-99999", 10, SIZE),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
        ("bytes=-56", 1000, SIZE),
        ("bytes=-99999", 0, SIZE),
        (f"bytes=10-{'9' * 5000}", 10, SIZE),
        (f"bytes=-{'9' * 5000}", 0, SIZE),
        (f"bytes={'0' * 30}7-9", 7, 10),
    ],
)
def test_a_range(wanted: str, start: int, end: int) -> None:
    answer, body = run(fetched(wanted))
    assert (answer.status, answer.body) == (206, body[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"


@pytest.mark.parametrize("wanted", ["", "bytes=", "bytes=-", "bytes=a-b", "bytes=0-1,5-6", "pages=1-2", "bytes=5"])
def test_what_is_no_single_range_is_ignored(wanted: str) -> None:
    answer, body = run(fetched(wanted))
    assert (answer.status, answer.body) == (200, body)


@pytest.mark.parametrize(
    "wanted",
    [f"bytes={SIZE}-", "bytes=5-4", "bytes=-0", "bytes=999999999-", f"bytes={'9' * 19}-", f"bytes={'9' * 5000}-"],
)
def test_a_range_outside_is_refused(wanted: str) -> None:
    answer, _ = run(fetched(wanted))
    assert answer.refusal == (416, "range-unsatisfiable", "")


def test_if_range_guards_against_another_body() -> None:
    answer, body = run(fetched("bytes=10-", '"' + "0" * 64 + '"'))
    assert (answer.status, answer.body) == (200, body)
    again, body = run(fetched("bytes=10-", answer.headers["etag"]))
    assert again.status in (200, 206)  # sealed anew: as likely another body as the same
