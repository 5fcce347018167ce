"""PINs over the wire, with Argon2id as it is in the field: the loop goes on answering meanwhile."""

import asyncio

from tests.support.mesh_http import send_json
from tests.support.mesh_people import people
from tests.support.mesh_serving import serving
from tools.edgemesh.bootstrap import MadeMesh
from tools.edgemesh.process import Running

PIN = "471108"


def test_a_flood_of_pins_is_bounded_and_the_mesh_answers_others_meanwhile(made: MadeMesh) -> None:
    async def story(mesh: Running) -> None:
        desk = mesh.api.roles.vault.desk
        await desk.pins.set(made.user, PIN)
        assert PIN.encode() not in (made.site.path("vault") / "vault.db").read_bytes()
        async with people(mesh.url, made) as (client, station):

            async def tap(pin: str) -> str:
                credential = {"credential": {"kind": "card", "value": made.badge, "pin": pin}}
                answer = await send_json(station.wire, "POST", "/v1/sessions", credential)
                return "" if answer.status == 201 else answer.code

            assert await tap(PIN) == ""
            flood = asyncio.gather(*(tap(f"99{number:04}") for number in range(12)))
            answered = 0
            while not flood.done() and answered < 3:  # each answer came while PINs were being computed, or after
                (await client.wire.send("GET", "/v1/health")).expect(200)
                answered += 1
            codes = await flood
            assert (codes.count("pin-wrong"), codes.count("locked-out")) == (5, 7)
            assert await tap(PIN) == "locked-out"

    serving(made, story)
