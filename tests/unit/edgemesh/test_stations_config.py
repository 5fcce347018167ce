"""What a site says for its stations: read from mesh.toml, told at pairing, used where the station's file is silent."""

import tempfile
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.edgemesh.settings import Settings
from tools.edgemesh.site import LONGEST_NAME, LONGEST_TEXT, Site, SiteError, Stations, read_site, write_site

SITE = Site(Path(), "acme.example", ("node-1",), ("localhost",), Settings())
CHARACTERS = st.characters(codec="utf-8")
NAMES = st.text(CHARACTERS, min_size=1, max_size=8).filter(lambda name: name != "epoch")
TEXTS = st.dictionaries(NAMES, st.text(CHARACTERS, min_size=1, max_size=9), max_size=3)


def written(stations: Stations) -> Stations:
    with tempfile.TemporaryDirectory() as folder:
        write_site(replace(SITE, directory=Path(folder), stations=stations))
        return read_site(Path(folder)).stations


@given(TEXTS, st.dictionaries(NAMES, TEXTS, max_size=2))
def test_what_is_written_is_read(common: dict[str, str], named: dict[str, dict[str, str]]) -> None:
    stations = Stations(common, {name: own for name, own in named.items() if name not in common})
    assert written(stations) == stations


def test_a_station_s_own_stand_above_those_of_all() -> None:
    stations = Stations({"place": "ground floor", "printer": "ipps://a"}, {"lobby": {"printer": "ipps://b"}})
    assert stations.config("lobby", 3) == {"place": "ground floor", "printer": "ipps://b", "epoch": "3"}
    assert stations.config("attic") == {"place": "ground floor", "printer": "ipps://a"}


def test_a_new_site_suggests_only_what_a_station_makes_use_of(tmp_path: Path) -> None:
    write_site(replace(SITE, directory=tmp_path))
    suggested = (tmp_path / "mesh.toml").read_text().partition("\n[stations]")[2].partition("\n")[2]
    assert tomllib.loads(suggested.replace("# ", "")).keys() == {"printer"}


@pytest.mark.parametrize(
    "table",
    [
        "[stations]\nprinter = 1",
        "[stations]\nprinter = ''",
        "[stations]\nepoch = '1'",
        "[stations.lobby.deep]\na = 'b'",
        f"[stations]\na = '{'x' * (LONGEST_TEXT + 1)}'",
        f"[stations]\n{'x' * (LONGEST_NAME + 1)} = 'a'",
        "stations = 1",
        "[stations]\n" + "".join(f"a{number} = 'a'\n" for number in range(33)),
    ],
)
def test_what_cannot_be_told_is_refused(table: str, tmp_path: Path) -> None:
    write_site(replace(SITE, directory=tmp_path))
    text = (tmp_path / "mesh.toml").read_text().partition("[stations]")[0]
    (tmp_path / "mesh.toml").write_text((table + "\n" + text) if table.startswith("stations") else text + table)
    with pytest.raises(SiteError):
        read_site(tmp_path)
