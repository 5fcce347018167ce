"""`lockgate printer find` in a network with the real Avahi, which nobody here wrote."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tools.peers import avahi

NAMES = ("Copy Room", "Old Printer")
LOOKS = 5
"""Of three seconds each: a machine with much to do may take longer than one to answer."""


def find(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    missing = [program for program in avahi.commands() if not shutil.which(program)]
    assert not missing, f"tools/dev test installs them: {missing}"
    namespace = ("unshare", "--net", "--mount", sys.executable, "-m", "tools.peers.avahi")
    asked = (sys.executable, "-m", "firmware", "printer", "find", "--seconds", "3", *words)
    for look in range(LOOKS):
        place = folder / str(look)
        place.mkdir()
        done = subprocess.run((*namespace, str(place), *asked), capture_output=True, text=True, timeout=120)
        if all(name in done.stdout for name in NAMES):
            break
    return done


def test_what_advertises_itself_is_listed_once_and_encrypted_where_it_can_be(tmp_path: Path) -> None:
    done = find(tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    found = {one["name"]: one for one in json.loads(done.stdout)["printers"]}
    assert set(found) == set(NAMES)
    copy_room, old = found["Copy Room"], found["Old Printer"]
    assert copy_room["uri"] == "ipps://copyroom.local:8631/ipp/print"
    assert copy_room["by_address"] == f"ipps://{avahi.ADDRESS}:8631/ipp/print"
    assert (copy_room["model"], copy_room["formats"]) == ("Brand X", ["application/pdf", "image/urf"])
    assert (old["uri"], old["encrypted"]) == ("ipp://copyroom.local:631/printers/old", False)
    assert "a hint" in done.stderr


def test_a_person_reads_what_to_do_with_each(tmp_path: Path) -> None:
    done = find(tmp_path)
    assert f"ipps://{avahi.ADDRESS}:8631/ipp/print: printer-unreachable" in done.stdout, "nobody listens there"
    assert "not encrypted" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_without_a_network_it_says_so() -> None:
    asked = (sys.executable, "-m", "firmware", "printer", "find", "--json")
    done = subprocess.run(("unshare", "--net", *asked), capture_output=True, text=True, timeout=120)
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (78, "printer-network")
    assert "Traceback" not in done.stderr
