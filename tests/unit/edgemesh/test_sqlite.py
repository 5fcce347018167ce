"""What is waited for on the medium, and what is not."""

from pathlib import Path

import pytest

from tools.edgemesh.storage.sqlite import Database
from tools.edgemesh.storage.stores import StoreError

FULL, NORMAL = 2, 1
SCHEMA = "CREATE TABLE IF NOT EXISTS t (name TEXT PRIMARY KEY) STRICT;"


def synchronous(database: Database) -> object:
    row = database.row("PRAGMA synchronous")
    return row and row[0]


def test_commits_are_waited_for_but_within_the_block(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db", SCHEMA)
    assert synchronous(database) == FULL
    with database.unsynced():
        assert synchronous(database) == NORMAL
        database.write("INSERT INTO t VALUES (?)", "a")
    assert synchronous(database) == FULL
    database.close()


def test_a_failure_within_the_block_leaves_the_next_commit_waited_for(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db", SCHEMA)
    with pytest.raises(StoreError), database.unsynced():
        database.write("INSERT INTO missing VALUES (?)", "a")
    assert synchronous(database) == FULL
    database.close()


def test_what_was_not_waited_for_survives_the_process(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db", SCHEMA)
    with database.unsynced():
        database.write("INSERT INTO t VALUES (?)", "a")
    reader = Database(tmp_path / "a.db", SCHEMA)  # as another process sees it, with the first still open
    assert reader.rows("SELECT name FROM t") == [("a",)]
    reader.close()
    database.close()
