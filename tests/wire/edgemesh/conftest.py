"""A mesh made for one test."""

from pathlib import Path

import pytest

from tools.edgemesh.bootstrap import MadeMesh, make_mesh


@pytest.fixture
def made(tmp_path: Path) -> MadeMesh:
    return make_mesh(tmp_path, "acme.example")
