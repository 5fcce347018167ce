"""Other people's files: as they were released, with their licences, and no other."""

import hashlib
import tomllib
from pathlib import Path

import firmware.panel

PANEL = Path(firmware.panel.__file__).parent
FILES = tomllib.loads((PANEL / "vendored.toml").read_text())["file"]
OURS = {"panel.js"}


def test_each_is_as_it_was_released() -> None:
    for file in FILES:
        assert hashlib.sha256((PANEL / file["path"]).read_bytes()).hexdigest() == file["sha256"], file["path"]


def test_each_has_its_licence_beside_it() -> None:
    for file in FILES:
        assert "purpose with or without fee" in (PANEL / file["text"]).read_text(), file["path"]
        assert file["licence"] == "0BSD"


def test_no_other_script_is_served() -> None:
    served = {path.name for path in (PANEL / "static").rglob("*.js")}
    assert served == OURS | {Path(file["path"]).name for file in FILES}
