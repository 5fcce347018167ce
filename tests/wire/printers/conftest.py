"""Devices of our own behind a real private cupsd."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cups_rig import Gutter


@pytest.fixture
def gutter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gutter]:
    memory = Path(tempfile.mkdtemp(prefix="cups-test-", dir="/dev/shm"))
    yield Gutter(memory, monkeypatch)
    shutil.rmtree(memory)
