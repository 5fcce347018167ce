"""Each store of the mesh in each engine. A fixture gives what opens the store, and opens it again as a restart does."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tools.edgemesh.storage import sqlite_desk, sqlite_jobs, sqlite_receipts
from tools.edgemesh.storage.bodies import BodyStore, FileBodies
from tools.edgemesh.storage.memory import MemoryEpochs, MemoryHoldings, MemoryJobs
from tools.edgemesh.storage.memory_bodies import MemoryBodies
from tools.edgemesh.storage.memory_desk import MemoryDesk
from tools.edgemesh.storage.memory_receipts import MemoryReceipts
from tools.edgemesh.storage.sqlite import Database
from tools.edgemesh.storage.sqlite_desk import SqliteDesk
from tools.edgemesh.storage.sqlite_epochs import SCHEMA as ORG_SCHEMA
from tools.edgemesh.storage.sqlite_epochs import SqliteEpochs
from tools.edgemesh.storage.sqlite_jobs import SqliteJobs
from tools.edgemesh.storage.sqlite_receipts import SqliteReceipts
from tools.edgemesh.storage.sqlite_roles import NODE_SCHEMA, SqliteHoldings
from tools.edgemesh.storage.stores import DeskStore, EpochStore, HoldingStore, JobStore, ReceiptStore

S = TypeVar("S")
ENGINES = ("memory", "sqlite")


class _Openings:
    """Opens one database again and again, closing it before."""

    def __init__(self, path: Path, schema: str) -> None:
        self._path, self._schema = path, schema
        self._open: Database | None = None

    def __call__(self) -> Database:
        self.close()
        self._open = Database(self._path, self._schema)
        return self._open

    def close(self) -> None:
        if self._open is not None:
            self._open.close()


def _kept(store: S) -> Callable[[], S]:
    """A store in memory, durable for as long as it lives."""
    return lambda: store


def _filed(openings: _Openings, make: Callable[[Database], S]) -> Callable[[], S]:
    return lambda: make(openings())


@pytest.fixture(params=ENGINES)
def open_jobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], JobStore]]:
    openings = _Openings(tmp_path / "jobs", sqlite_jobs.SCHEMA)
    yield _kept(MemoryJobs()) if request.param == "memory" else _filed(openings, SqliteJobs)
    openings.close()


@pytest.fixture(params=ENGINES)
def open_receipts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], ReceiptStore]]:
    openings = _Openings(tmp_path / "receipts", sqlite_receipts.SCHEMA)
    yield _kept(MemoryReceipts()) if request.param == "memory" else _filed(openings, SqliteReceipts)
    openings.close()


@pytest.fixture(params=ENGINES)
def open_desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], DeskStore]]:
    openings = _Openings(tmp_path / "desk", sqlite_desk.SCHEMA)
    yield _kept(MemoryDesk()) if request.param == "memory" else _filed(openings, SqliteDesk)
    openings.close()


@pytest.fixture(params=ENGINES)
def open_holdings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], HoldingStore]]:
    openings = _Openings(tmp_path / "node", NODE_SCHEMA)
    yield _kept(MemoryHoldings()) if request.param == "memory" else _filed(openings, SqliteHoldings)
    openings.close()


@pytest.fixture(params=ENGINES)
def open_epochs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], EpochStore]]:
    openings = _Openings(tmp_path / "org", ORG_SCHEMA)
    yield _kept(MemoryEpochs()) if request.param == "memory" else _filed(openings, SqliteEpochs)
    openings.close()


@pytest.fixture(params=("memory", "files"))
def bodies(request: pytest.FixtureRequest, tmp_path: Path) -> BodyStore:
    return MemoryBodies() if request.param == "memory" else FileBodies(tmp_path / "bodies")
