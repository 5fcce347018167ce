"""From the technician's files to a paired station: flashed, applied at the first start, paired with nobody there."""

import json
from pathlib import Path

from firmware.config import load
from hal.drivers.file_key_store import FileKeyStore
from tests.support.pairing_server import served
from tests.unit.flash.rig import Release, flash
from tests.wire.flash.rig import image, site_file
from tests.wire.pairing.test_commands import provisioning, ran

SITE = f"""\
readers = ["serial:///dev/ttyNone"]
[panel]
language = "de"
[printer]
uri = "ipps://127.0.0.1:9/ipp/print?pin=sha256:{"00" * 32}"
"""


def test_from_the_desk_to_the_mesh(tmp_path: Path) -> None:
    disk, data, base = tmp_path / "card.img", tmp_path / "data", tmp_path / "base.toml"
    boot = tmp_path / "boot" / "lockgate.toml"
    boot.parent.mkdir()
    (tmp_path / "site.toml").write_text(SITE)
    base.write_text(f'[station]\ndata_dir = "{tmp_path}/state"\n[identity]\nkeys = "file:{tmp_path}/keys"\n')
    release = Release(tmp_path, image(tmp_path / "made.img"))
    with served() as (mesh, server):
        lobby = provisioning(tmp_path, mesh, server.url)
        files = ("--provision", tmp_path / "site.toml", "--provision", lobby)
        said = flash("write", release.packed, "--key", release.public, "--file", disk, *files)
        assert said.status == 0, said.err
        boot.write_bytes(site_file(disk))
        words = ("provision", "apply", "--from", boot, "--data", data, "--base", base, "--json")
        applied = ran("firmware", *words)
        done = {"applied": True, "destroyed": True, "provisioned": True, "left": []}
        assert json.loads(applied.stdout) == done, applied.stderr
        assert not boot.exists()
        paired = ran("firmware", "pair", "--config", data / "lockgate.toml", "--json")
        assert paired.returncode == 0, paired.stderr
        assert json.loads(paired.stdout)["name"] == "lobby"
    assert load(data / "lockgate.toml", {}).panel_language == "de"
    token = next(line for line in lobby.read_text().splitlines() if line.startswith("token")).encode()
    left = [path for path in (*data.rglob("*"), *(tmp_path / "keys").rglob("*")) if path.is_file()]
    assert left
    assert not any(token in path.read_bytes() for path in left)
    assert FileKeyStore(tmp_path / "keys").load("identity.key")
