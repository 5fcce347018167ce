"""Cards that prove themselves over real HTTPS: the administrator's words, the station's relay, the reference mesh."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from firmware.mesh.port import MeshError
from firmware.proving import Proving
from hal.drivers.system_clock import SystemClock
from hal.ports.badge_reader import Form, Tap
from tests.support.aio import run
from tests.support.card_rig import UID, blank_card, cloned_card, good_card
from tests.wire.mesh.test_reference_mesh import Scene, scene
from tools.bench.cards import KEYS, HeldCard
from tools.edgemesh.__main__ import main
from tools.edgemesh.bootstrap import add_admin, give_badge

CAMPUS = ("--aid", KEYS.aid.hex(), "--key-no", str(KEYS.key_no))


class Desk:
    """An administrator's hands."""

    def __init__(self, here: Scene, capsys: pytest.CaptureFixture[str]) -> None:
        self.profile, self._capsys = here.made.site.directory.parent / "admin", capsys
        add_admin(here.made.site, "grace", self.profile, mesh_url=here.url)

    async def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        self._capsys.readouterr()
        status = await asyncio.to_thread(main, [*words, "--profile", str(self.profile)])
        told = self._capsys.readouterr()
        return status, told.out, told.err

    async def ask(self, *words: str) -> dict[str, Any]:
        """The JSON of a command that must succeed."""
        status, out, err = await self.run(*words, "--json")
        assert status == 0, err
        answer: dict[str, Any] = json.loads(out)
        return answer


async def proof_of(here: Scene, card: HeldCard) -> tuple[str, list[bool]]:
    """As the station does: the proof's name, and what the person heard."""
    heard: list[bool] = []
    unasked: list[asyncio.Task[None]] = []
    proving = Proving(here.mesh, SystemClock(), lambda job: unasked.append(asyncio.ensure_future(job)))
    try:
        assert proving.takes(Tap("front", UID, Form.BITS, len(UID) * 8, card=card), UID.hex(), heard.append)
        return await proving.proof(1, "front", UID.hex()), heard
    finally:
        for task in unasked:
            task.cancel()
        await asyncio.gather(*unasked, return_exceptions=True)


def test_from_the_key_to_the_session(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def go() -> None:
        (tmp_path / "made").mkdir()
        async with scene(tmp_path / "made") as here:
            give_badge(here.made.site, UID.hex(), "ada")
            desk, key_file = Desk(here, capsys), tmp_path / "campus.key"
            key_file.write_text(f" {KEYS.key.hex()[:16]} {KEYS.key.hex()[16:].upper()}\n")
            assert await proof_of(here, good_card()) == ("", [True])
            await desk.ask("card", "key", "add", "campus", *CAMPUS, "--key-file", str(key_file))
            assert (await desk.ask("card", "policy", "proof"))["policy"] == "proof"
            with pytest.raises(MeshError, match="card-proof-required"):
                await here.mesh.open_session(UID.hex())
            name, heard = await proof_of(here, good_card())
            session = await here.mesh.open_session("nobody's", proof=name)
            assert (session.user, session.method, heard) == ("ada", "proof", [True])
            with pytest.raises(MeshError, match="proof-unknown"):
                await here.mesh.open_session(UID.hex(), proof=name)
            with pytest.raises(MeshError, match="card-refused"):
                await proof_of(here, cloned_card())
            assert await proof_of(here, blank_card()) == ("", [True])
            events = (await desk.ask("audit", "read", "vault"))["entries"]
            opened = next(one["fields"] for one in events if one["event"] == "session-opened")
            assert (opened["user"], opened["method"]) == ("ada", "proof")
            _check_secret(here.made.site.directory, await desk.run("card", "key", "list"))

    run(go())


def _check_secret(directory: Path, listed: tuple[int, str, str]) -> None:
    """The key is in the vault's key store, and nowhere else."""
    status, out, _ = listed
    assert (status, "campus" in out) == (0, True)
    holders = []
    for path in filter(Path.is_file, directory.rglob("*")):
        content = path.read_bytes()
        if KEYS.key in content or KEYS.key.hex().encode() in content.lower():
            holders.append((path.relative_to(directory).as_posix(), path.stat().st_mode & 0o077))
    assert holders == [("vault/card.book", 0)]
    assert KEYS.key.hex() not in out.lower()


def test_the_words_of_an_administrator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def go() -> None:
        async with scene(tmp_path) as here:
            desk, key_file = Desk(here, capsys), tmp_path / "campus.key"
            status, _, err = await desk.run("card", "policy", "proof")
            assert (status, "[card-keys-missing]" in err, "card key add" in err) == (8, True, True)
            key_file.write_text("00" * 15)
            add = ("card", "key", "add", "campus", *CAMPUS, "--key-file")
            status, _, err = await desk.run(*add, str(key_file))
            assert (status, "[card-keys-invalid]" in err, "0000" in err) == (2, True, False)
            for content in (b"\xff\xfe", b"no hex at all, but a pass phrase!"):
                key_file.write_bytes(content)
                status, _, err = await desk.run(*add, str(key_file))
                assert (status != 0, "pass phrase" in err) == (True, False)
            assert (await desk.run(*add, str(tmp_path / "none")))[0] == 2
            key_file.write_text(KEYS.key.hex())
            for options in (["--diversify", "none"], ["--system-id", "abcd", "--method", "ev1"]):
                name = options[1]
                await desk.ask("card", "key", "add", name, *CAMPUS, *options, "--key-file", str(key_file))
            keys = (await desk.ask("card", "key", "list"))["keys"]
            assert [(one["name"], one["diversify"], one["system_id"], one["method"]) for one in keys] == [
                ("none", "none", "", "ev2"),
                ("abcd", "an10922", "abcd", "ev1"),
            ]
            assert "neither screen nor keypad" in (await desk.run("card", "policy", "uid-pin"))[2]
            assert "uid-pin" in (await desk.run("card", "policy"))[1]
            steps = ["reverse-bytes", "hex2dec"]
            assert (await desk.ask("card", "rules", *steps))["rules"] == steps
            assert "hex2dec" in (await desk.run("card", "rules"))[1]
            status, _, err = await desk.run("card", "rules", "conjure")
            assert (status, "[badge-rule-invalid]" in err) == (2, True)
            assert (await desk.ask("card", "rules", "--none"))["rules"] == []
            assert (await desk.run("card", "rules", "--none", "hex2dec"))[0] == 2
            assert (await desk.run("card", "key", "remove", "none", "--no-input"))[0] == 2
            await desk.ask("card", "key", "remove", "none", "--yes")
            assert (await desk.run("card", "key", "remove", "none", "--yes"))[0] == 7

    run(go())
