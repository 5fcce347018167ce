"""What a site's file says of its roles' audit records."""

from dataclasses import replace
from pathlib import Path

import pytest

from tools.edgemesh.settings import DEFAULT_AUDIT_MIB, Settings
from tools.edgemesh.site import Site, SiteError, read_site, write_site

SYSLOG = "tls://log.example:6514?ca=/etc/lockgate/log-ca.pem"


def written(directory: Path, settings: Settings) -> Path:
    write_site(Site(directory, "org-1", ("node-1",), ("localhost",), settings))
    return directory / "mesh.toml"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    settings = Settings(audit_mib=7, syslog=SYSLOG)
    written(tmp_path, settings)
    assert read_site(tmp_path).settings == settings


def test_a_site_from_before_has_the_defaults(tmp_path: Path) -> None:
    path = written(tmp_path, replace(Settings(), audit_mib=7, syslog=SYSLOG))
    lines = [line for line in path.read_text().splitlines() if not line.startswith(("audit_mib", "syslog"))]
    path.write_text("\n".join(lines))
    found = read_site(tmp_path).settings
    assert (found.audit_mib, found.syslog) == (DEFAULT_AUDIT_MIB, "")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("audit_mib = 7 ", "audit_mib = 0 "),
        ("audit_mib = 7 ", "audit_mib = 201 "),
        ("audit_mib = 7 ", "audit_mib = true "),
        (f'syslog = "{SYSLOG}"', "syslog = 7"),
        (f'syslog = "{SYSLOG}"', 'syslog = "tcp://log.example"'),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, right: str, wrong: str) -> None:
    path = written(tmp_path, Settings(audit_mib=7, syslog=SYSLOG))
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong))
    with pytest.raises(SiteError, match=r"mesh\.toml cannot be used"):
        read_site(tmp_path)
