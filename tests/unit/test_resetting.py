"""A factory reset as the station begins it: who has to confirm, what the mesh hears, what the system is asked by."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.config import Config
from firmware.pairing import kept
from firmware.resetting import FactoryReset, ResetError
from hal.sim import virtual_time
from tests.support.pairing_mesh import URL
from tests.unit.test_joining import CONFIG, Station


class Resetting(Station):
    """A station, paired or not, with a system that takes wishes at `wish`."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.wish = folder / "factory-reset"
        self.config: Config = replace(CONFIG, reset=str(self.wish))

    def reset(self) -> FactoryReset:
        return FactoryReset(self.box.board(), self.config, self.mesh, self.clock, self.lines.append)

    def begin(self, name: str = "lobby") -> str:
        return virtual_time.run(self.reset().begin(name))


@pytest.fixture
def paired(tmp_path: Path) -> Resetting:
    station = Resetting(tmp_path)
    station.join(type_at=5)
    return station


def test_the_mesh_hears_it_before_the_system_does(paired: Resetting) -> None:
    assert paired.begin() == ""
    assert paired.mesh.revoked == {"station/lobby"}
    assert paired.mesh.requests[-1] == ("mutual", "DELETE", "/.well-known/est/membership")
    assert paired.wish.exists()
    assert paired.lines[-1] == "factory reset: the mesh knows"
    assert kept.is_paired(paired.box.keys), "what is destroyed is destroyed by the system, all at once"


def test_a_mesh_that_is_away_keeps_nobody_from_it(paired: Resetting) -> None:
    paired.mesh.away = True
    assert paired.begin() == "mesh-unreachable"
    assert paired.wish.exists()
    assert paired.lines[-1] == "factory reset: the mesh was not told: mesh-unreachable"


@pytest.mark.parametrize("name", ["", "Lobby", "lobby2", "yes"])
def test_another_name_changes_nothing(paired: Resetting, name: str) -> None:
    with pytest.raises(ResetError) as caught:
        paired.begin(name)
    assert caught.value.code == "reset-not-confirmed"
    assert not paired.wish.exists()
    assert paired.mesh.revoked == set()


def test_a_box_that_never_joined_is_reset_without_a_word(tmp_path: Path) -> None:
    station = Resetting(tmp_path)
    assert station.begin() == ""
    assert station.mesh.requests == []
    assert station.wish.exists()


def test_a_system_that_takes_no_wish_offers_none(paired: Resetting) -> None:
    paired.config = replace(CONFIG, reset="")
    assert not paired.reset().is_offered
    with pytest.raises(ResetError) as caught:
        paired.begin()
    assert caught.value.code == "reset-not-offered"
    assert paired.mesh.revoked == set()


def test_a_wish_that_cannot_be_made_is_told(paired: Resetting, tmp_path: Path) -> None:
    paired.config = replace(CONFIG, reset=str(tmp_path / "nowhere" / "wish"))
    with pytest.raises(ResetError, match="No such file") as caught:
        paired.begin()
    assert caught.value.code == "reset-failed"


def test_a_link_that_somebody_has_laid_there_is_not_followed(paired: Resetting, tmp_path: Path) -> None:
    target = tmp_path / "somebody-else-s"
    paired.wish.symlink_to(target)
    with pytest.raises(ResetError) as caught:
        paired.begin()
    assert caught.value.code == "reset-failed"
    assert not target.exists()


def test_a_folder_that_is_a_link_is_not_followed(paired: Resetting, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    paired.config = replace(CONFIG, reset=str(tmp_path / "run" / "wish"))
    with pytest.raises(ResetError):
        paired.begin()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_pipe_in_its_place_is_not_waited_for(paired: Resetting) -> None:
    os.mkfifo(paired.wish)
    with pytest.raises(ResetError) as caught:
        paired.begin()
    assert caught.value.code == "reset-failed"


def test_the_registrar_is_asked_where_pairing_said_it_is(paired: Resetting) -> None:
    site = kept.site(paired.box.keys)
    assert site is not None
    assert site.registrar == URL
