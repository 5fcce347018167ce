"""What is loaded before a box shows its code, and what a process trusts that nobody named."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.process import no_public_authorities
from tests.support.pki import Pki

ROOT = Path(__file__).parents[2]
LATER = (
    "firmware.app",
    "firmware.delivery",
    "firmware.updates.updater",
    "firmware.core.events",
)
AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def told(code: str, **variables: str) -> object:
    """What a new interpreter answers in JSON."""
    asked = [sys.executable, "-c", f"import json, sys\n{code}"]
    done = subprocess.run(asked, cwd=ROOT, env=os.environ | variables, capture_output=True, check=True, timeout=60)
    return json.loads(done.stdout)


def test_a_box_that_joins_has_not_loaded_what_prints() -> None:
    loaded = told(
        "import firmware.__main__, firmware.panel.server, firmware.panel.technician.duty, firmware.service\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    assert isinstance(loaded, list)
    assert "firmware.joining" in loaded
    assert not [name for name in loaded if name.startswith(LATER)]


def test_one_that_serves_has() -> None:
    loaded = told("import firmware.serving\nprint(json.dumps(sorted(sys.modules)))")
    assert isinstance(loaded, list)
    assert [later for later in LATER if later not in loaded] == []


def test_aiohttp_trusts_no_public_authority(tmp_path: Path) -> None:
    store = tmp_path / "store.pem"
    store.write_bytes(Pki().ca.certificate_pem)
    counted = "connector._SSL_CONTEXT_VERIFIED.cert_store_stats()['x509_ca']"
    with_store = f"from aiohttp import connector\nprint(json.dumps({counted}))"
    quiet = "from firmware.process import no_public_authorities\nwith no_public_authorities(): import aiohttp\n"
    assert told(with_store, SSL_CERT_FILE=str(store)) == 1
    assert told(quiet + with_store, SSL_CERT_FILE=str(store)) == 0


def test_who_asks_for_them_later_finds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "store.pem"))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with no_public_authorities():
        assert [os.environ[name] for name in AUTHORITIES] == [os.devnull] * 2
    assert os.environ["SSL_CERT_FILE"] == str(tmp_path / "store.pem")
    assert "SSL_CERT_DIR" not in os.environ
