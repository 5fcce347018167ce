"""The real server, as a process, under requests that schemathesis makes from openapi.yaml, right ones and wrong ones,
as every kind of caller over mutual TLS."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.access_bundles import Callers
from tests.support.aio import run
from tests.support.mesh_openapi import DOCUMENT, METHODS, check_answer, document
from tests.support.mesh_people import people
from tests.support.mesh_process import MeshProcess
from tools.docs.access import CALLERS, UNPAIRED
from tools.edgemesh.bootstrap import MadeMesh
from tools.edgemesh.interface import problems

EXAMPLES = 10
"""Of each operation, for each caller that may call it, right and wrong."""
MOST_GROWTH = 96 * 2**20
"""Bytes that the server's process may have grown by in the end: what it caches, and no more."""
CHECKS = (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
FINDINGS = HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large
SERVERS_OWN = {503, 507}
UNKNOWN = ("route-unknown", "method-not-allowed", "request-malformed")
SCHEMA = schemathesis.openapi.from_path(str(DOCUMENT))


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MadeMesh, MeshProcess, Callers]]:
    from tools.edgemesh.bootstrap import make_mesh

    directory = tmp_path_factory.mktemp("mesh")
    made = make_mesh(directory, "acme.example")
    callers = Callers(made, directory / "callers")
    with MeshProcess(made.site.directory) as process:
        yield made, process, callers


def session_of(made: MadeMesh, callers: Callers, caller: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.verify = str(made.site.ca_file)
    if caller != UNPAIRED:
        bundle = callers.bundle(caller)
        session.cert = (str(bundle / "identity.chain"), str(bundle / "identity.key"))
    return session


def resident(process: MeshProcess) -> int:
    """Bytes of the process in memory."""
    status = Path(f"/proc/{process.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def judge(case: Any, response: requests.Response) -> None:
    """As the document says, and as the table of problems does."""
    method, path = case.operation.method.upper(), response.request.path_url.partition("?")[0]
    code = response.json()["code"] if response.status_code >= 400 else ""
    assert response.status_code < 500 or response.status_code in SERVERS_OWN, (method, path, response.content)
    if code:
        assert problems.TABLE[code][0] == response.status_code
        assert response.headers["content-type"] == "application/problem+json"
    if "%" not in path and "//" not in path:
        content = response.headers.get("content-type", "").partition(";")[0]
        check_answer(method, path, response.status_code, content, response.content)
    if response.status_code not in SERVERS_OWN:
        case.validate_response(response, checks=[not_a_server_error, *CHECKS])


def answered(session: requests.Session, sent: dict[str, Any]) -> requests.Response:
    """The server may have hung up after a refusal just as the connection was used again: once more then, on another."""
    try:
        return session.request(**sent, stream=True, timeout=60, allow_redirects=False)
    except requests.ConnectionError:
        return session.request(**sent, stream=True, timeout=60, allow_redirects=False)


def try_operation(operation: Any, mode: GenerationMode, session: requests.Session, url: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=FINDINGS,
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def attempt(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url=url)
        with answered(session, sent) as response:
            if response.headers.get("content-type") != "text/event-stream":
                judge(case, response)

    attempt()


def modes(operation: Any) -> list[GenerationMode]:
    """Right requests and wrong ones; where there is nothing to get wrong, right ones only."""
    has_input = operation.body or operation.path_parameters or operation.query or operation.headers
    return [GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if has_input else [])]


@pytest.mark.parametrize("caller", CALLERS)
def test_generated_requests(mesh: tuple[MadeMesh, MeshProcess, Callers], caller: str) -> None:
    made, process, callers = mesh
    before = resident(process)
    with session_of(made, callers, caller) as session, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries that make the requests
        for result in SCHEMA.get_all_operations():
            assert isinstance(result, Ok)
            operation = result.ok()
            named = operation.definition.raw["x-callers"]
            if ("unpaired" if caller == UNPAIRED else caller) in named:
                for mode in modes(operation):
                    try_operation(operation, mode, session, process.url)
    assert resident(process) - before < MOST_GROWTH


def test_methods_and_headers_that_nothing_takes(mesh: tuple[MadeMesh, MeshProcess, Callers]) -> None:
    made, process, callers = mesh
    odd = {"Content-Type": "application/xml; charset=utf-7", "Accept": "*/;q=x", "Expect": "nothing", "Range": "x=1-"}
    with session_of(made, callers, "admin") as session:
        for path, item in document()["paths"].items():
            for method in ("PATCH", "OPTIONS", "TRACE", "BREW", "HEAD", *(one.upper() for one in METHODS)):
                if method.lower() in item:
                    continue
                answer = session.request(method, process.url + path.replace("{", "").replace("}", ""), timeout=60)
                assert answer.status_code in (400, 404, 405), (method, path)
                assert method == "HEAD" or answer.json()["code"] in UNKNOWN
        for method, path in (("POST", "/v1/admin/users"), ("GET", "/v1/mesh"), ("POST", "/v1/time")):
            answer = session.request(method, process.url + path, data=b"<a/>", headers=odd, timeout=60)
            assert answer.status_code in (200, 400, 417), (method, path)


def test_afterwards_a_person_taps_and_prints(mesh: tuple[MadeMesh, MeshProcess, Callers]) -> None:
    made, process, callers = mesh
    # Among all else the requests may have given them a PIN, or said that the site wants one, or a proof.
    usual = {"users/pin": {"user": made.user, "pin": ""}, "cards/policy": {"policy": "uid"}}
    with session_of(made, callers, "admin") as session:
        for path, said in usual.items():
            assert session.post(f"{process.url}/v1/admin/{path}", json=said, timeout=60).ok, path

    async def story() -> None:
        async with people(process.url, made) as (client, station):
            mesh_now = (await client.wire.send("GET", "/v1/mesh")).expect(200)
            assert mesh_now["nodes"]
            job = await client.submit(b"document")
            (await station.tap(made.badge)).expect(201)
            _, opened, _ = await station.print(job)
            assert opened == b"document"

    run(story())


def test_the_document_has_codes_of_the_table_only() -> None:
    written = json.dumps(document()["components"]["schemas"]["Problem"])
    assert all(f'"{code}"' in written for code in problems.TABLE)
