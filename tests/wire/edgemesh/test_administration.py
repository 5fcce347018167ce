"""Administration over real HTTPS, with every role in a process of its own: what is withdrawn is refused at once."""

import asyncio
import io
import json
import shutil
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from firmware.vault.identity import Kind
from tests.support.aio import run
from tests.support.mesh_http import Answer
from tests.support.mesh_people import StationDouble, people
from tests.support.mesh_process import MeshProcess
from tests.support.registrar_rig import Device
from tests.support.station_life import until
from tests.wire.edgemesh.test_registrar import device
from tools.edgemesh.__main__ import main
from tools.edgemesh.administration import on_audit
from tools.edgemesh.audits import DIRECTORY
from tools.edgemesh.bootstrap import MadeMesh, add_admin, add_station

ROLES = ("registrar", "org", "node", "vault")
BOUND = 5.0 + 5.0
"""A round, and a machine that does other things beside."""
_LOOK = threading.Event()  # never set: a pause between two looks
DOCUMENT = b"to be withdrawn " * 1000


class Site:
    """Four processes, and an administrator's hands."""

    def __init__(self, made: MadeMesh, url: str, capsys: pytest.CaptureFixture[str], registrar: str) -> None:
        self.registrar = registrar
        self.made, self.url, self._capsys = made, url, capsys
        self.profile = made.site.directory.parent / "admin"

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        self._capsys.readouterr()
        status = main([*words, "--profile", str(self.profile)])
        told = self._capsys.readouterr()
        return status, told.out, told.err

    def ask(self, *words: str) -> dict[str, Any]:
        """The JSON of a command that must succeed."""
        status, out, err = self.run(*words, "--json")
        assert status == 0, err
        answer: dict[str, Any] = json.loads(out)
        return answer


@pytest.fixture
def site(made: MadeMesh, capsys: pytest.CaptureFixture[str]) -> Iterator[Site]:
    with ExitStack() as stack:
        processes = {role: MeshProcess(made.site.directory, "--role", role) for role in ROLES}
        urls = {role: stack.enter_context(process).url for role, process in processes.items()}
        add_admin(made.site, "grace", made.site.directory.parent / "admin", mesh_url=urls["vault"])
        yield Site(made, urls["vault"], capsys, urls["registrar"])


def test_each_command_reaches_the_process_that_has_the_role(site: Site) -> None:
    status = site.ask("status")
    assert status["roles"] == {"node-1": "ok", "org": "ok", "registrar": "ok", "vault": "ok"}
    assert (status["epoch"], status["epoch_state"], status["not_renewing"]) == (1, "active", [])
    assert {one["id"] for one in site.ask("member", "list")["members"]} >= {"grace", "vault-1", "node-1", "org-1"}
    assert [one["node"] for one in site.ask("node", "list")["nodes"]] == ["node-1"]
    site.ask("user", "block", "ada")
    site.ask("epoch", "suspend", "1")
    for role in ("vault", "org", "registrar", "node-1"):
        site.ask("audit", "read", role)
    assert site.run("audit", "verify")[0] == 0
    out = site.made.site.directory.parent / "exported"
    site.ask("audit", "export", "org", "--out", str(out))
    ca = str(site.made.site.ca_file)
    assert site.run("audit", "verify", "--path", str(out), "--ca", ca)[0] == 0
    of_other = ("audit", "verify", "--path", str(out), "--ca", ca, "--holder", "vault/vault-1")
    assert site.run(*of_other)[0] == 10
    entries = site.ask("audit", "read", "org")["entries"]
    assert {"by": "admin/grace", "epoch": 1}.items() <= entries[-1]["fields"].items()
    assert entries[-1]["event"] == "epoch-suspended"
    assert "grace" in site.run("audit", "read", "registrar")[1]


def test_a_record_in_another_roles_place_is_not_that_roles(site: Site) -> None:
    directory = site.made.site.directory
    assert site.run("audit", "verify", "--dir", str(directory))[0] == 0
    mine, others = site.made.site.path("vault") / DIRECTORY, site.made.site.path("node-1") / DIRECTORY
    shutil.rmtree(mine)
    shutil.copytree(others, mine)
    status, out, _ = site.run("audit", "verify", "--dir", str(directory))
    assert (status, "vault: " in out) == (10, True)


def test_people_and_badges(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    options = ("--language", "de", "--no-auto-release", "--idle-seconds", "9", "--station", "lobby")
    assert site.ask("user", "add", "bob", *options)["idle_seconds"] == 9
    assert site.ask("user", "add", "bob", "--language", "fr")["stations"] == ["lobby"]  # what is left out stays
    monkeypatch.setattr("sys.stdin", io.StringIO("0499AA\n"))
    badge = site.ask("badge", "add", "--user", "bob")["badge"]
    monkeypatch.setattr("sys.stdin", io.StringIO("0499aa\n"))
    status, out, err = site.run("badge", "add", "--user", "ada")
    assert (status, out, "--move" in err, "0499" in err.upper()) == (8, "", True, False)
    monkeypatch.setattr("sys.stdin", io.StringIO("!\n"))
    assert site.run("badge", "add", "--user", "ada")[0] == 3
    site.ask("badge", "block", badge)
    until(lambda: site.ask("badge", "list", "--user", "bob")["badges"][0], lambda line: "blocked" in line)
    site.ask("badge", "unblock", badge)
    monkeypatch.setattr("sys.stdin", io.StringIO("7319\n"))
    site.ask("user", "pin", "bob")
    assert [(one["user"], one["pin"]) for one in site.ask("user", "list")["users"]] == [("ada", False), ("bob", True)]
    assert len(site.ask("user", "code", "bob")["code"]) >= 6
    site.ask("user", "remove", "bob", "--yes")
    assert site.run("user", "remove", "bob", "--yes")[0] == 7
    table = tmp_path / "people.csv"
    table.write_text("user,badge\ncarol,04CCDD01\ndan,04CCDD02\n")
    assert site.ask("user", "import", str(table))["users"] == 2
    table.write_text("user,badge\nerin,04CCDD03\n,04CCDD04\n")
    status, _, err = site.run("user", "import", str(table))
    assert (status, "line 3" in err, "04CCDD04" in err) == (3, True, False)
    assert "erin" not in {one["user"] for one in site.ask("user", "list")["users"]}


def test_what_is_withdrawn_is_refused_at_once(site: Site) -> None:
    """Suspended, blocked, shredded and revoked, each tried at the next request, and brought back where it can be."""

    async def story() -> None:
        async with people(site.url, site.made) as (client, station):
            job = await client.submit(DOCUMENT)
            (await station.tap(site.made.badge)).expect(201)
            site.ask("epoch", "suspend", "1")
            assert (await station.ask(job)).refusal == (403, "part-withdrawn", "org")
            site.ask("epoch", "resume", "1")
            _, document, _ = await station.print(job)
            assert document == DOCUMENT
            site.ask("epoch", "rotate", "--held", "rebox", "--yes")
            second = await client.submit(DOCUMENT)
            site.ask("job", "shred", second, "--yes")
            assert (await station.ask(second)).refusal == (410, "shredded", "job")
            third = await client.submit(DOCUMENT)
            site.ask("node", "drop", third, "--node", "node-1", "--yes")
            assert (await station.ask(third)).refusal == (403, "part-withdrawn", "node")
            listed = {one["job"]: (one["state"], one["holders"]) for one in site.ask("job", "list")["jobs"]}
            assert (listed[second], listed[third]) == (("shredded", []), ("held", []))

    run(story())


def test_what_the_deny_list_takes_away_counts_everywhere_within_a_round(site: Site) -> None:
    """Five seconds and a request: the bound that withdrawing.md states for roles in processes of their own."""

    async def story() -> None:
        async with people(site.url, site.made) as (client, station):
            job = await client.submit(DOCUMENT)
            (await station.tap(site.made.badge)).expect(201)
            site.ask("user", "block", "ada")
            assert await refused_within(station, job, "locked-out") < BOUND
            site.ask("user", "unblock", "ada")
            await waited(lambda: station.tap(site.made.badge), lambda answer: answer.status == 201)
            site.ask("member", "revoke", "station/station-1", "--yes")
            assert await refused_within(station, job, "identity-revoked") < BOUND
            site.ask("member", "revoke", "client/client-1", "--yes")
            look = "/v1/mesh"
            await waited(lambda: client.wire.send("GET", look), lambda answer: answer.code == "identity-revoked")

    run(story())


async def waited(ask: Callable[[], Awaitable[Answer]], wanted: Callable[[Answer], bool]) -> float:
    """Seconds until an answer was the wanted one; fails after the bound. A connection that is cut is no answer: that is
    what befalls who was revoked, and the next one says why."""
    loop = asyncio.get_running_loop()
    began, last = loop.time(), b""
    while True:
        with suppress(aiohttp.ClientConnectionError):
            answer = await ask()
            if wanted(answer):
                return loop.time() - began
            last = answer.body
        assert loop.time() - began < BOUND, last
        await asyncio.to_thread(_LOOK.wait, 0.2)


async def refused_within(station: StationDouble, job: str, code: str) -> float:
    """Seconds until a release is refused with this code; one that is granted before that is given back."""

    async def ask() -> Answer:
        answer = await station.ask(job)
        if answer.status == 201:
            await station.report(answer.json, 1, "stopped")
        return answer

    return await waited(ask, lambda answer: answer.code == code)


def test_a_second_administrator_is_shut_out_by_the_first(site: Site) -> None:
    other = site.made.site.directory.parent / "other"
    add_admin(site.made.site, "heidi", other, mesh_url=site.url)
    assert main(["epoch", "list", "--profile", str(other), "--json"]) == 0
    site.ask("member", "revoke", "admin/heidi", "--yes")
    assert main(["member", "list", "--profile", str(other), "--json"]) in (4, 6)  # at the registrar at once
    status, _, err = site.run("member", "revoke", "admin/grace", "--yes")
    assert (status, "last-admin" in err) == (8, True)


def test_a_provisioning_file_is_private_and_never_said_aloud(site: Site, tmp_path: Path) -> None:
    out = tmp_path / "lobby.toml"
    status, told, err = site.run("provision", "station", "lobby", "--out", str(out))
    assert status == 0, err
    assert out.stat().st_mode & 0o777 == 0o600
    token = out.read_text().partition('token = "')[2].partition('"')[0]
    assert len(token) == 43
    assert token not in told + err
    assert site.run("provision", "station", "lobby", "--out", str(out))[0] == 2
    add_station(site.made.site, "taken", tmp_path / "taken")
    assert site.run("provision", "station", "taken", "--out", str(tmp_path / "taken.toml"))[0] == 8
    assert not (tmp_path / "taken.toml").exists()


def pairing(site: Site, kind: Kind, name: str, **what: object) -> Device:
    """Asks the registrar to be let in, as far as showing its code."""
    asking = device(site.registrar, site.made, kind, name, **what)

    async def story() -> None:
        (await asking.enrol()).expect(202)
        (await asking.reveal()).expect(202)

    run(story())
    return asking


def test_whom_a_client_may_submit_for_is_the_administrator_s_word(site: Site) -> None:
    laptop = pairing(site, Kind.CLIENT, "laptop", users=("ada", "ceo"))
    status, out, err = site.run("pairing", "approve", "laptop", laptop.code)
    assert (status, out, "ada,ceo" in err, "127.0.0.1" in err, "--as-asked" in err) == (2, "", True, True, True)
    assert site.run("pairing", "approve", "laptop", laptop.code, "--as-asked")[0] == 7  # nobody is called ceo
    assert site.run("pairing", "approve", "laptop", laptop.code, "--user", "adda")[0] == 7
    status, out, err = site.run("pairing", "approve", "laptop", laptop.code, "--user", "ada")
    assert (status, out) == (0, "client/laptop is let in, for ada.\n")
    assert site.ask("member", "show", "client/laptop")["users"] == ["ada"]
    assert "users: ada\n" in site.run("member", "show", "client/laptop")[1]


def test_an_administrator_is_approved_under_the_full_name_only(site: Site) -> None:
    laptop = pairing(site, Kind.ADMIN, "laptop")
    status, out, err = site.run("pairing", "approve", "laptop", laptop.code)
    assert (status, out, "admin/laptop" in err) == (2, "", True)
    pairing(site, Kind.STATION, "laptop")
    assert "KIND/NAME" in site.run("pairing", "approve", "laptop", laptop.code)[2]
    assert site.ask("pairing", "approve", "admin/laptop", laptop.code)["kind"] == "admin"


def test_slips_in_names_are_said(site: Site) -> None:
    for words in (
        ("user", "block", "adda"),
        ("user", "unblock", "ada"),
        ("badge", "block", "b-ffff"),
        ("badge", "unblock", "b-ffff"),
        ("pairing", "approve", "nosuch", "1"),
        ("pairing", "cancel", "nosuch"),
        ("member", "show", "station/zzz"),
    ):
        assert site.run(*words)[:2] == (7, ""), words
    site.ask("user", "block", "gone", "--anyway")
    (line,) = site.ask("denial", "list")["denials"]
    assert (line["holder"], line["since"][:2]) == ("user/gone", "20")
    site.ask("user", "unblock", "gone")
    assert site.ask("denial", "list") == {"denials": []}


def test_a_record_that_somebody_changed_is_told_as_far_as_it_can_be(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for act in ("block", "unblock"):
        site.ask("user", act, "ada")
    whole = len(site.ask("audit", "read", "registrar")["entries"])
    fetched = on_audit._fetched

    def tampered(*asked: Any) -> tuple[list[bytes], bytes]:
        lines, head = fetched(*asked)
        return [*lines[:-1], b"{}"], head

    monkeypatch.setattr(on_audit, "_fetched", tampered)
    status, out, err = site.run("audit", "read", "registrar")
    assert (status, len(out.splitlines()), "no entries" in err) == (10, whole - 1, True)


def test_a_mesh_that_does_not_answer(site: Site) -> None:
    assert site.run("status", "--mesh", "https://localhost:1")[0] == 5
    assert site.run("audit", "read", "node-9")[0] == 5
