"""A whole real run leaves neither document nor title nor badge number anywhere that mesh and station write."""

import base64
from pathlib import Path

from tests.support.station_life import Life, is_outcome, kill, printing, serving
from tools.demo import evidence, records
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
    check_records(life, tmp_path)


def check_records(life: Life, directory: Path) -> None:
    """Killed amid their work, the records are whole, and of what went by they hold no more than they should."""
    reports = records.verified(life.site, directory / "station")
    assert [(report.holder, report.fault) for report in reports if not report.ok] == []
    assert len(reports) == 5
    files = [*directory.rglob("audit-*.jsonl"), *directory.rglob("audit.head")]
    written = b"".join(path.read_bytes() for path in files)
    assert b'"event":"printed"' in written
    assert b'"event":"witnessed"' in written
    assert [secret for secret in secrets(directory) if secret in written] == []


def secrets(directory: Path) -> set[bytes]:
    """Every key of station, laptop and mesh, in the forms it might be written in."""
    found = set[bytes]()
    for path in (*directory.rglob("*.key"), *directory.rglob("badges.*")):
        raw = path.read_bytes()
        found |= {raw, raw.hex().encode(), base64.b64encode(raw)}
        if raw.startswith(b"-----BEGIN PRIVATE KEY"):
            found |= set(raw.splitlines()[1:3])  # what comes then is the public key
    assert len(found) > 10
    return found


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
