"""`lockgate-submit delegate` against a real mesh: given, listed, seen by the delegate, ended."""

import asyncio
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.mesh_people import people
from tests.support.mesh_serving import serving
from tools.edgemesh.bootstrap import add_user, give_badge, make_mesh
from tools.edgemesh.process import Running
from tools.edgemesh.storage.records import User
from tools.submit.__main__ import main
from tools.submit.errors import Exit

BEN = "0455667788"


def said(profile: Path, url: str, *words: str) -> tuple[int, dict[str, object]]:
    out, err = io.StringIO(), io.StringIO()
    given = ["delegate", "--profile", str(profile), "--mesh", url, "--json", *words]
    status = main(given, out=out, err=err, environment={})
    return status, json.loads(out.getvalue())


def day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def test_a_delegation_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    made = make_mesh(tmp_path, "acme.example")
    add_user(made.site, User("ben"))
    give_badge(made.site, BEN, "ben")

    async def story(mesh: Running) -> None:
        async with people(mesh.url, made) as (client, station):
            job = await client.submit(b"ada's")

            def ask(*words: str) -> "asyncio.Future[tuple[int, dict[str, object]]]":
                return asyncio.ensure_future(asyncio.to_thread(said, made.client, mesh.url, *words))

            status, given = await ask("--to", "ben", "--until", day(0))
            assert (status, given["owner"], given["delegate"]) == (Exit.HELD, "ada", "ben")
            assert given["ends"] == f"{day(1)}T00:00:00Z"
            assert (await ask("--list"))[1] == {"delegations": [given]}
            (await station.tap(BEN)).expect(201)
            (entry,) = await station.jobs()
            assert (entry["job"], "delegation" in entry) == (job, True)
            assert (await ask("--end", str(given["delegation"])))[0] == Exit.HELD
            assert await station.jobs() == []
            assert (await ask("--list"))[1] == {"delegations": []}
            unknown = await ask("--end", "d-" + "0" * 32)
            assert unknown[0] == Exit.REFUSED
            for words, code in (
                (("--to", "nobody", "--until", day(1)), "person-unknown"),
                (("--to", "ben", "--until", day(-2)), "delegation-dates"),
                (("--to", "ben", "--until", day(400)), "delegation-dates"),
                (("--to", "ben", "--until", day(1), "--user", "eve"), "owner-refused"),
            ):
                error = (await ask(*words))[1]["error"]
                assert isinstance(error, dict)
                assert error["code"] == code

    serving(made, story)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--to", "ben"),
        ("--until", "2026-12-01"),
        ("--to", "ben", "--until", "tomorrow"),
        ("--to", "", "--until", "2026-12-01"),
        ("--list", "--to", "ben"),
        ("--list", "--end", "d-" + "0" * 32),
        ("--end", "../d"),
    ],
)
def test_words_that_make_no_sense(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["delegate", *words])
    assert ended.value.code == Exit.USAGE
    assert "delegate" in capsys.readouterr().err
