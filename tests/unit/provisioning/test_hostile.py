"""What a station that was taken over leaves in the one folder there that it owns: it keeps no new file out."""

import os
import subprocess
from pathlib import Path

import pytest

from firmware.config import load
from hal.ports.errors import StorageError
from tests.unit.provisioning.rig import GOOD, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.apply()
    made.card.write_text(GOOD.replace("Lobby_1", "Attic"))
    return made


def name(site: Site) -> str:
    return load(site.data / "lockgate.toml", {}).name


def test_a_pipe_that_nobody_reads_is_not_waited_for(site: Site) -> None:
    os.mkfifo(site.data / "site/pairing/pipe")
    site.apply()
    assert name(site) == "Attic"
    assert len(list(site.data.glob("site-*"))) == 1


def test_folders_without_end_keep_nothing_out(site: Site) -> None:
    try:
        inner = os.open(site.data / "site/pairing", os.O_RDONLY)
        for _ in range(2500):
            os.mkdir("d", dir_fd=inner)
            inner, outer = os.open("d", os.O_RDONLY, dir_fd=inner), inner
            os.close(outer)
        os.close(inner)
        with pytest.raises(StorageError):
            site.apply()
        assert name(site) == "Attic"
    finally:  # pytest could not
        subprocess.run(["rm", "-rf", site.data], check=True)
