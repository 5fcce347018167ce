"""What a private cupsd works with is taken away under it, left behind by a station that died, or full."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import cast

import pytest

from hal.drivers import cups_config, cups_room
from hal.drivers.cups_address import NAME
from hal.drivers.cups_daemon import members
from hal.drivers.cups_line import CupsError, Line
from hal.drivers.cups_room import DOOR, FOLDERS, PREFIX, SHARE, WRAPPED
from hal.drivers.cups_upload import TOO_LARGE, Upload
from hal.framing.document import CountedDocument
from hal.ports.errors import PrinterRefusedError, SpoolTooSmallError
from hal.ports.printer import JobState
from tests.support import aio
from tests.support.cups_jobs import NOT_FOUND, eventually, over, sent
from tests.support.cups_rig import Gutter
from tests.support.printer_rigs import document, ticket

MOST_LOG = 1 << 10
ROOT = Path(__file__).parents[3]
PARTS = ["", f"{DOOR}/{NAME}", DOOR, *FOLDERS, *(f"programs/{name}" for name in WRAPPED)]


def take_away(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


@pytest.mark.parametrize("part", PARTS)
def test_what_was_taken_away_is_there_again_for_the_next_job(gutter: Gutter, part: str) -> None:
    async def main() -> None:
        printer = gutter.opened()
        before = await sent(printer, b"%PDF")
        await over(printer, before)
        pid, root = printer.server.pid, printer.server.root
        assert root is not None
        take_away(root / part)
        job_id = await sent(printer, b"%!PS")
        assert (await over(printer, job_id)).state is JobState.COMPLETED
        assert gutter.taken(job_id) == b"%!PS"
        assert members(pid) == []
        assert not root.exists()
        assert len(list(gutter.folder.glob("taken-*"))) == 2  # neither of them came twice
        await printer.aclose()

    aio.run(main())


def test_a_job_whose_cupsd_cannot_be_reached_any_more_is_nobodys_to_know(gutter: Gutter) -> None:
    async def main() -> None:
        printer = gutter.opened()
        gutter.shut()
        job_id = await sent(printer, b"%PDF")
        await eventually(lambda: gutter.waits(job_id))
        root, pid = printer.server.root, printer.server.pid
        assert root is not None
        (root / DOOR / NAME).unlink()
        with pytest.raises(PrinterRefusedError) as caught:
            await printer.job_status(job_id)
        assert caught.value.status == NOT_FOUND
        assert members(pid) == []  # its backend prints no more
        await printer.aclose()

    aio.run(main())


def test_programs_elsewhere_are_locked_and_a_dead_stations_go(
    gutter: Gutter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing may be run from the memory file system they are among the temporary files."""
    really = os.statvfs

    def noexec(path: Path) -> object:
        said = really(path)
        return os.statvfs_result((*said[:8], said.f_flag | os.ST_NOEXEC, said.f_namemax))

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(os, "statvfs", noexec)
    tmp_path.chmod(0o755)
    left, others = tmp_path / f"{PREFIX}left", tmp_path / "others"
    (left / "filter").mkdir(parents=True)
    others.mkdir()
    first = cups_room.furnish()
    assert first.programs.parent == tmp_path
    assert not left.exists()
    second = cups_room.furnish()
    assert first.programs.is_dir()  # its station lives
    first.remove()
    second.remove()
    assert list(tmp_path.iterdir()) == [others]


def test_jobs_that_fail_do_not_fill_the_log(gutter: Gutter) -> None:
    """Nor is anything of theirs in it."""

    async def main() -> None:
        printer = gutter.opened()
        gutter.ends_with(1)
        for _ in range(3):
            job_id = await sent(printer, b"%PDF")
            status = await over(printer, job_id)
            root = printer.server.root
            assert root is not None
            said = (root / "log" / "error").read_text()
            assert f"[Job {job_id}]" in said
            assert f'"{status.name}"' not in said
        assert len(said) < MOST_LOG
        await printer.aclose()

    aio.run(main())


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("before", {"spool-too-small no-job"}),
        ("upload", {"spool-too-small canceled", "outcome-unknown pending-held"}),  # cupsd may hang up before it answers
        ("filters", {"aborted"}),
        ("filters-margin", {"aborted"}),
    ],
)
def test_where_memory_runs_out_nothing_is_called_completed(gutter: Gutter, step: str, said: set[str]) -> None:
    """Filters hand on what they have, and cupsd calls that completed."""
    base = gutter.folder.parent / "small"
    base.mkdir()
    whose = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
    words = [sys.executable, "-m", "tests.support.cups_full_child", step, base, gutter.device, cups_room.PROGRAMS]
    done = subprocess.run(
        ["unshare", *whose, "--mount", *map(str, words)], capture_output=True, text=True, timeout=120, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    first, then = done.stdout.splitlines()
    assert first in said
    assert then == "completed"
    assert len([one for one in gutter.folder.glob("taken-*") if one.stat().st_size]) == 1  # of the first, no byte


class FullLine:
    """A line to a cupsd that answers the end of a document with HTTP 413."""

    def __init__(self) -> None:
        self._answers = iter([100, 100])
        self.is_closed = False

    async def ask(self, _call: object) -> int:
        for status in self._answers:
            return status
        raise CupsError("client-error-request-value-too-long", TOO_LARGE)

    def close(self) -> None:
        self.is_closed = True


def test_a_full_spool_is_said_and_the_job_taken_back() -> None:
    async def main() -> None:
        line, undone = FullLine(), []

        async def undo() -> None:
            undone.append(line.is_closed)

        counted = CountedDocument(NAME, document(b"%PDF"), 4)
        upload = Upload(cast("Line", line), lambda: True, MOST_LOG, undo)
        with pytest.raises(SpoolTooSmallError):
            await upload.run(1, ticket(4), await counted.next(), counted)
        assert undone == [True]  # hung up first

    aio.run(main())


def test_no_file_of_a_filter_takes_more_than_its_share(tmp_path: Path) -> None:
    script = tmp_path / "script"
    limit = tmp_path / "limit"
    limit.write_text("#!/bin/sh\nulimit -f\n")
    limit.chmod(0o755)
    script.write_text(cups_config.SCRIPT.format(program=limit, margin=0, **cups_config.FILTER))
    free = os.statvfs("/dev/shm")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        env = {**os.environ, "TMPDIR": memory}
        said = subprocess.run(["/bin/sh", script, "7"], capture_output=True, text=True, env=env, check=True).stdout
    assert 0 < int(said) * 512 <= free.f_blocks * free.f_frsize // (SHARE - 1)
