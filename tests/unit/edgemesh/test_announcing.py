"""A mesh that cannot say where it is serves all the same, and tells its administrator."""

import asyncio

import pytest

from tools.edgemesh.announcing import announced


@pytest.mark.parametrize(
    "url",
    ["https://mesh.invalid:8443", f"https://{'m' * 250}:8443"],
    ids=["a name that this machine does not know", "longer than can be said"],
)
def test_what_cannot_be_announced_is_told_and_hinders_nobody(url: str, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with announced("acme.example", url, ("127.0.0.1",)):
            while not caplog.records:  # noqa: ASYNC110 - what is waited for is a line of the log
                await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(story(), 60))
    (record,) = caplog.records
    assert record.getMessage().startswith("not announced, so stations must be told where the mesh is: ")
