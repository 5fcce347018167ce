"""A mesh client over a transport that says what it is told to; what it is granted, and fetches."""

from firmware.mesh.client import MeshClient
from firmware.mesh.messages import (
    Grant,
)
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom
from hal.sim.virtual_time import run
from tests.support import mesh_answers
from tests.support.mesh_answers import ScriptedTransport, json_reply


def client(transport: ScriptedTransport, timeless: ScriptedTransport | None = None) -> MeshClient:
    return MeshClient(
        transport,
        timeless=timeless,
        org_id="org-1",
        station_id="st-1",
        chain=(b"leaf", b"issuer"),
        sign=lambda label, message: b"signed:" + message,
        clock=VirtualClock(),
        random=SeededRandom(1),
    )


def grant_of(size: int, *urls: str) -> Grant:
    transport = ScriptedTransport(json_reply(201, mesh_answers.grant(*urls, size=size)))
    return run(client(transport).ask_release("s-1", "j-1"))


def fetched(transport: ScriptedTransport, grant: Grant, offset: int = 0, mesh: MeshClient | None = None) -> list[bytes]:
    async def main() -> list[bytes]:
        return [chunk async for chunk in (mesh or client(transport)).body(grant, offset)]

    return run(main())
