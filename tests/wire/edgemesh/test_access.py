"""The access table at the real server: every operation with every certificate, over TLS."""

from pathlib import Path

from tests.support.access_ask import blank
from tests.support.access_bundles import Callers, sent
from tests.support.access_callers import NUMBER
from tests.support.mesh_http import Answer
from tests.support.mesh_people import people
from tests.support.mesh_serving import serving
from tools.docs import access
from tools.docs.access import CALLERS, KINDS, REVOKED, STRANGERS, Operation
from tools.edgemesh.bootstrap import MadeMesh
from tools.edgemesh.process import Running

TABLE = access.read()
ASKS = [blank(one.method, one.path) for one in TABLE.operations]
"""The caller is judged before anything else of a request, so these need be no more than well-formed."""
OF_CALLERS = ("identity-", "not-allowed", "route-unknown")


def told(answer: Answer | None) -> str:
    return "broken off" if answer is None else f"{answer.status} {answer.code}".strip()


def is_let_in(answer: Answer | None) -> bool:
    """It got past the question who asks. A role on its own certificate may still be told that it is the wrong one."""
    return answer is not None and answer.status < 500 and not answer.code.startswith(OF_CALLERS)


def test_each_kind_of_caller_at_each_operation(made: MadeMesh, tmp_path: Path) -> None:
    callers = Callers(made, tmp_path / "callers")

    async def story(mesh: Running) -> None:
        for caller in CALLERS:
            answers = await sent(mesh.url, callers.context(caller), ASKS)
            for operation, answer in zip(TABLE.operations, answers, strict=True):
                _check(operation, caller, answer)

    serving(made, story)


def _check(operation: Operation, caller: str, answer: Answer | None) -> None:
    if caller in operation.may:
        assert is_let_in(answer), (operation.route, caller, told(answer))
    else:
        assert told(answer) == TABLE.caller(operation, caller), (operation.route, caller)


def test_who_was_revoked_is_told_so_and_no_more(made: MadeMesh, tmp_path: Path) -> None:
    callers = Callers(made, tmp_path / "callers")

    async def story(mesh: Running) -> None:
        for kind in KINDS:
            name = f"{REVOKED} {kind}"
            welcome = await sent(mesh.url, callers.context(name), [blank("GET", "/v1/health")])
            assert told(welcome[0]) == "200"
            mesh.api.roles.registrar.denybook.deny(f"{kind}/{kind}-{NUMBER}")
            answers = await sent(mesh.url, callers.context(name), ASKS)
            assert {told(answer) for answer in answers} == {TABLE.refused[REVOKED]}, kind

    serving(made, story)


def test_strangers_get_nothing_whoever_they_say_they_are(made: MadeMesh, tmp_path: Path) -> None:
    """Who is not certified by our CA is broken off within the handshake; whose certificate has expired is told so."""
    callers = Callers(made, tmp_path / "callers")

    async def story(mesh: Running) -> None:
        for what in STRANGERS:
            wanted = TABLE.refused[what] if what == "expired" else "broken off"
            for kind in KINDS:
                answers = await sent(
                    mesh.url, callers.context(f"{what} {kind}"), ASKS[:: 1 if what == "expired" else 9]
                )
                assert {told(answer) for answer in answers} == {wanted}, (what, kind)
        async with people(mesh.url, made) as (client, station):
            job = await client.submit(b"document")
            (await station.tap(made.badge)).expect(201)
            _, document, _ = await station.print(job)
            assert document == b"document"

    serving(made, story)
