"""The board of twins: one seed, one world; the same box lives several lives."""

import pytest

from hal.ports.badge_reader import Tap
from hal.ports.errors import DeviceLostError
from hal.ports.printer import Printer
from hal.sim.board import SimBoard, sim_board
from hal.sim.virtual_time import run


class NoPrinter:
    """Stands where no printer is asked anything."""

    async def _none(self, *_arguments: object) -> None:
        raise AssertionError("no printer here")

    status = create_job = send_document = job_status = cancel_job = _none


def box(seed: int = 1) -> SimBoard[Printer]:
    return sim_board(seed, NoPrinter(), readers=2, secrets={"box.key": b"secret"})  # type: ignore[arg-type]


def test_one_seed_one_world() -> None:
    assert box(1).random.token(32) == box(1).random.token(32) != box(2).random.token(32)


def test_secrets_are_in_the_store_and_not_in_the_repr() -> None:
    world = box()
    assert world.board().keys.load("box.key") == b"secret"
    assert "secret" not in repr(world)


def test_the_next_life_has_what_the_last_one_kept() -> None:
    world = box()

    async def main() -> None:
        first = world.board()
        first.storage.append("ledger", b"one")
        first.watchdog.ready()
        for reader in first.readers:
            await reader.aclose()
        with pytest.raises(DeviceLostError):
            await first.readers[0].next_reading()
        world.reader.tap("while it was off")
        second = world.board()
        assert second.storage.read("ledger") == b"one"
        assert not world.watchdog.started
        world.reader.tap("now")
        reading = await second.readers[0].next_reading()
        assert isinstance(reading, Tap)
        assert reading.credential == b"now"

    run(main())


def test_readers_are_told_apart() -> None:
    assert [reader.name for reader in box().board().readers] == ["reader-1", "reader-2"]
