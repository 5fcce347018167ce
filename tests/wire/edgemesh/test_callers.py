"""One role asking another over TLS, and answers that make no sense."""

import asyncio
import socket

import pytest

from firmware.vault.identity import Kind
from tests.support.aio import run
from tools.edgemesh.api import Api
from tools.edgemesh.bootstrap import MadeMesh
from tools.edgemesh.callers import HttpCallers
from tools.edgemesh.exchange import Reply, Request
from tools.edgemesh.peers import OrgPeer
from tools.edgemesh.problems import Problem
from tools.edgemesh.process import running
from tools.edgemesh.server import Server, listen
from tools.edgemesh.tls import server_context


class OddApi(Api):
    """Gives one answer to everything."""

    def __init__(self, real: Api, reply: Reply) -> None:
        super().__init__(real.roles)
        self._reply = reply

    async def handle(self, request: Request) -> Reply:
        return self._reply


async def refusal(made: MadeMesh, reply: Reply, role: str = "org") -> tuple[str, str, str]:
    """What the vault makes of this answer to its question for the epoch."""
    ca_pem = made.site.ca_file.read_bytes()
    async with running(made.site) as mesh, HttpCallers(made.site.path("vault"), ca_pem) as callers:
        listener = listen("127.0.0.1", 0)
        server = Server(OddApi(mesh.api, reply), server_context(made.site.path(role), ca_pem), mesh.workers)
        await server.start(listener)
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with pytest.raises(Problem) as caught:
                await OrgPeer(callers.caller(Kind.ORG, lambda: url)).epoch()
        finally:
            await server.stop()
        return caught.value.code, caught.value.part, caught.value.station


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {}),
        Reply(200, {"statement": 1}),
        Reply(200, {"statement": "x" * 300_000}),
        Reply(204),
        Reply(500, {"no": "code"}),
        Reply(404, {"code": 7}),
    ],
)
def test_an_answer_that_makes_no_sense_is_no_answer(made: MadeMesh, reply: Reply) -> None:
    assert run(refusal(made, reply)) == ("peer-unreachable", "", "")


def test_a_refusal_passes_through_with_what_it_names(made: MadeMesh) -> None:
    refused = Problem("part-withdrawn", part="org", station="station-1")
    assert run(refusal(made, Reply(403, refused.document()))) == ("part-withdrawn", "org", "station-1")


def test_a_code_of_a_newer_mesh_is_internal(made: MadeMesh) -> None:
    assert run(refusal(made, Reply(418, {"code": "teapot"})))[0] == "internal"


def test_an_answer_from_another_role_is_not_listened_to(made: MadeMesh) -> None:
    assert run(refusal(made, Reply(200, {}), role="node-1"))[0] == "peer-unreachable"


def test_nobody_there(made: MadeMesh) -> None:
    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        async with HttpCallers(made.site.path("vault"), made.site.ca_file.read_bytes()) as callers:
            for url in ("", f"https://127.0.0.1:{port}"):
                peer = OrgPeer(callers.caller(Kind.ORG, lambda url=url: url))  # type: ignore[misc]
                with pytest.raises(Problem, match="peer-unreachable"):
                    await peer.epoch()
        await asyncio.sleep(0)

    run(story())
