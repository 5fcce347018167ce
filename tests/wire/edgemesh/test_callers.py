"""One role asking another over TLS, and answers that make no sense."""

import asyncio
import socket
from pathlib import Path

import pytest

from hal.drivers.thread_workers import ThreadWorkers
from tests.support.aio import run
from tools.edgemesh.bootstrap import MadeMesh, make_mesh
from tools.edgemesh.interface.api import Api
from tools.edgemesh.interface.exchange import Reply, Request
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.opener import world_of
from tools.edgemesh.peers import NodePeer, OrgPeer
from tools.edgemesh.process import running
from tools.edgemesh.serving.callers import HttpCallers
from tools.edgemesh.serving.server import Server, listen
from tools.edgemesh.serving.tls import server_context
from tools.edgemesh.settings import Settings
from tools.edgemesh.site import REGISTRAR

ORG = frozenset({"org/org-1"})


class OddApi(Api):
    """Gives one answer to everything."""

    def __init__(self, real: Api, reply: Reply) -> None:
        super().__init__(real.roles)
        self._reply = reply

    async def handle(self, request: Request) -> Reply:
        return self._reply


class NotingApi(Api):
    """Notes what it was asked."""

    def __init__(self, real: Api, asked: list[str]) -> None:
        super().__init__(real.roles)
        self._asked = asked

    async def handle(self, request: Request) -> Reply:
        self._asked.append(request.path)
        return await super().handle(request)


async def refusal(made: MadeMesh, reply: Reply, role: str = "org") -> tuple[str, str, str]:
    """What the vault makes of this answer to its question for the epoch."""
    ca_pem = made.site.ca_file.read_bytes()
    async with (
        running(made.site) as mesh,
        HttpCallers(made.site.path("vault"), ca_pem, mesh.api.roles.verifier) as callers,
    ):
        listener = listen("127.0.0.1", 0)
        server = Server(OddApi(mesh.api, reply), server_context(made.site.path(role), ca_pem), mesh.workers)
        await server.start(listener)
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with pytest.raises(Problem) as caught:
                await OrgPeer(callers.caller(lambda: ORG, lambda: url)).epoch()
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
        ca_pem, workers = made.site.ca_file.read_bytes(), ThreadWorkers()
        verifier = world_of(made.site, workers).verifier
        workers.close()
        async with HttpCallers(made.site.path("vault"), ca_pem, verifier) as callers:
            for url in ("", f"https://127.0.0.1:{port}"):
                peer = OrgPeer(callers.caller(lambda: ORG, lambda url=url: url))  # type: ignore[misc]
                with pytest.raises(Problem, match="peer-unreachable"):
                    await peer.epoch()
        await asyncio.sleep(0)

    run(story())


def test_a_node_may_not_answer_for_another(tmp_path: Path) -> None:
    """Both are nodes of this mesh with good certificates; the one that is called is not the one that answers."""
    made = make_mesh(tmp_path, "acme.example", nodes=("node-1", "node-2"))

    async def story() -> None:
        ca_pem = made.site.ca_file.read_bytes()
        async with (
            running(made.site) as mesh,
            HttpCallers(made.site.path("vault"), ca_pem, mesh.api.roles.verifier) as callers,
        ):
            listener = listen("127.0.0.1", 0)
            asked: list[str] = []
            server = Server(NotingApi(mesh.api, asked), server_context(made.site.path("node-1"), ca_pem), mesh.workers)
            await server.start(listener)
            url = f"https://127.0.0.1:{listener.getsockname()[1]}"

            async def info(node: str) -> str:
                names = frozenset({f"node/{node}"})
                return (await NodePeer(node, callers.caller(lambda: names, lambda: url)).info()).node_id

            try:
                assert await info("node-1") == "node-1"
                with pytest.raises(Problem, match="peer-unreachable"):
                    await info("node-2")
            finally:
                await server.stop()
            assert asked == ["/v1/node"], "not a byte of the second request was sent"

    run(story())


def test_one_process_of_several_nodes_answers_for_each(tmp_path: Path) -> None:
    """It shows the first one's certificate: the site's own directory says that they are one."""
    made = make_mesh(tmp_path, "acme.example", nodes=("node-1", "node-2"), settings=Settings(replicas=2))

    async def story() -> None:
        async with (
            running(made.site, ("node-1", "node-2")),
            running(made.site, ("org",)),
            running(made.site, (REGISTRAR,)),
            running(made.site, ("vault",)) as vault,
        ):
            nodes = vault.api.roles.vault.nodes.all()
            assert [(await node.info()).node_id for node in nodes] == ["node-1", "node-2"]

    run(story())
