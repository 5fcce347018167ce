"""A whole real run leaves neither document nor title nor badge number anywhere that mesh and station write."""

from pathlib import Path

from tests.support.station_life import Life, is_outcome, kill, printing, serving
from tools.demo import evidence
from tools.edgemesh.bootstrap import init_site

TITLE = "Kündigung-kanarienvogel-4711"


def test_a_real_run_leaves_nothing_readable(tmp_path: Path) -> None:
    site = init_site(tmp_path / "mesh", "canary.lockgate")
    with printing(tmp_path / "spool") as printer, serving(site) as (mesh, url):
        life = Life.begin(site, url, printer, tmp_path / "spool", tmp_path, size=3_000_000, name="kanarie")
        life.submit("--title", TITLE)
        pieces = canaries(life)
        assert found(tmp_path, pieces) == [], "while it is held"
        with life.station() as running:
            life.tap(running)
            assert str(running.wait_for(is_outcome)["line"]).endswith(" printed")
            assert found(tmp_path, pieces) == [], "once it is printed"
            kill(running)
        kill(mesh)
        assert found(tmp_path, pieces) == [], "after both are gone"
    said = repr((running.said, mesh.said)).encode()
    assert [piece for piece in pieces if piece in said] == []
    (delivered,) = (tmp_path / "spool").iterdir()
    assert delivered.read_bytes() == life.document.read_bytes()
    assert evidence.found_in(tmp_path / "spool", pieces), "the search finds what is there"


def canaries(life: Life) -> set[bytes]:
    """What must be found nowhere, in the forms it might be written in."""
    title = TITLE.encode()
    forms = (title, title.hex().encode(), TITLE.encode("utf-16-le"), TITLE.encode("unicode_escape"), title[-18:])
    return evidence.samples(life.document) | {
        *forms,
        life.badge.encode(),
        life.badge.lower().encode(),
        bytes.fromhex(life.badge),
    }


def found(directory: Path, pieces: set[bytes]) -> list[Path]:
    """Files of mesh and station that hold any of it; the person's own document and the printer's spool are theirs."""
    places = ("mesh", "station-keys", "station")
    return [path for place in places for path in evidence.found_in(directory / place, pieces)]
