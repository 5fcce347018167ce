"""The document, the server and the prose say the same: routes, callers, codes."""

from pathlib import Path

import pytest
from openapi_spec_validator import validate

from hal.sim.virtual_time import run
from tests.support.mesh_http import send_json
from tests.support.mesh_openapi import check_request, document, operations
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh.interface import problems
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.routes import ROUTES
from tools.edgemesh.storage.records import Phase

PROSE = Path(__file__).parents[3] / "firmware" / "docs" / "mesh.md"


def test_the_document_is_openapi_3_1() -> None:
    validate(document())
    assert document()["openapi"].startswith("3.1.")


def test_every_route_is_written_down_and_every_operation_is_served() -> None:
    served = {
        (route.method, route.path): {kind.value if kind else "unpaired" for kind in route.kinds} for route in ROUTES
    }
    written = {place: set(operation["x-callers"]) for place, operation in operations().items()}
    assert served == written


def test_every_code_is_written_down() -> None:
    written = document()["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    assert sorted(written) == sorted(problems.TABLE)
    prose = PROSE.read_text()
    assert [code for code in problems.TABLE if f"`{code}`" not in prose] == []
    assert [route.path for route in ROUTES if f"{route.method} {route.path}" not in prose] == []


def test_every_state_is_written_down() -> None:
    assert document()["components"]["schemas"]["JobState"]["enum"] == [phase.value for phase in Phase]


@pytest.mark.parametrize("code", problems.TABLE)
def test_every_problem_document_fits_its_schema(code: str) -> None:
    problem = Problem(code, part="node", station="station-1")
    fields = problem.document()
    assert fields["code"] == code
    assert fields["status"] == problem.status


def test_requests_of_the_stand_ins_are_what_the_document_asks_for() -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(b"document")
        check_request("POST", "/v1/jobs", upload.announcement)
        await site.station.tap(BADGE)
        check_request("POST", f"/v1/jobs/{upload.job}/releases", site.station.signed_request(upload.job))

    run(story())


def test_a_path_that_almost_fits_is_unknown() -> None:
    async def story() -> None:
        site = MemorySite()
        for path in ("/", "/v1", "/v1/health/", "/v1/sessions/x/jobs", "/v1/jobs/..%2f..", "/v2/health", "/v1/HEALTH"):
            assert (await site.station.wire.send("GET", path)).refusal == (404, "route-unknown", "")
        for path, allow in (("/v1/health", "GET"), ("/v1/sessions", "POST")):
            refused = await site.station.wire.send("PATCH", path)
            assert (refused.refusal, refused.headers["allow"]) == ((405, "method-not-allowed", ""), allow)

    run(story())


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_refuses_every_other_kind_of_caller(route: object) -> None:
    async def story() -> None:
        site = MemorySite()
        names = {"job": "01900000-0000-7000-8000-000000000000", "session": "s-" + "0" * 32, "release": "r-" + "0" * 32}
        names |= {"enrolment": "e-" + "0" * 32, "token": "t-" + "0" * 16, "delegation": "d-" + "0" * 32}
        names |= {"epoch": "1", "role": "vault", "proof": "p-" + "0" * 32, "bundle": "0" * 64}
        assert isinstance(route, type(ROUTES[0]))
        wires = {
            "station": site.station.wire,
            "client": site.client.wire,
            "vault": site.wire(site.mesh._vault),
            "org": site.wire(site.mesh._org),
            "node": site.wire(site.mesh._nodes["node-1"]),
        }
        for kind, wire in wires.items():
            if kind not in {allowed.value for allowed in route.kinds if allowed}:
                answer = await send_json(wire, route.method, route.path.format(**names), {})
                refusal = (404, "route-unknown", "") if route.is_setup else (403, "not-allowed", "")
                assert answer.refusal == refusal, kind

    run(story())
