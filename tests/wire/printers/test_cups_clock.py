"""The wall clock is set while a private cupsd has a job: a station without a clock of its own learns the time late."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hal.drivers import cups_daemon
from hal.ports.printer import JobState
from tests.support import aio
from tests.support.cups_jobs import eventually, over, sent
from tests.support.cups_rig import Gutter
from tests.support.printer_rigs import MIB, pieces, ticket

YEAR = 365 * 86400
CLOCK = """\
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long offset(void) {
    char said[32] = {0};
    int file = open(OFFSET, O_RDONLY | O_CLOEXEC);
    if (file >= 0) { if (read(file, said, 31) < 0) said[0] = 0; close(file); }
    return atol(said);
}
int clock_gettime(clockid_t id, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, id, now);
    if (!failed && id == CLOCK_REALTIME) now->tv_sec += offset();
    return failed;
}
time_t time(time_t *kept) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (kept) *kept = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *kept, void *zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    kept->tv_sec = now.tv_sec;
    kept->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""
"""The wall clock of a process that loads this first is off by the seconds in a file."""


class WallClock:
    """cupsd's, and that of all its programs."""

    def __init__(self, folder: Path) -> None:
        self._offset = folder / "offset"
        source, library, program = folder / "clock.c", folder / "clock.so", folder / "bin" / "cupsd"
        source.write_text(CLOCK)
        words = ["cc", "-shared", "-fPIC", f'-DOFFSET="{self._offset}"', "-o", str(library), str(source)]
        subprocess.run(words, check=True)
        program.parent.mkdir()
        real = shutil.which("cupsd", path=cups_daemon.PATH)
        program.write_text(f'#!/bin/sh\nLD_PRELOAD={library} exec {real} "$@"\n')
        program.chmod(0o755)
        self.path = f"{program.parent}:{cups_daemon.PATH}"

    def step(self, seconds: int) -> None:
        (new := self._offset.with_suffix(".new")).write_text(str(seconds))
        new.replace(self._offset)


@pytest.fixture
def clock(gutter: Gutter, monkeypatch: pytest.MonkeyPatch) -> WallClock:
    folder = gutter.folder.parent / "clock"
    folder.mkdir()
    clock = WallClock(folder)
    monkeypatch.setattr(cups_daemon, "PATH", clock.path)
    return clock


@pytest.mark.parametrize("seconds", [YEAR, -YEAR, 5 * YEAR])
@pytest.mark.parametrize("moment", ["created", "sending"])
def test_a_job_under_way_is_not_given_up(gutter: Gutter, clock: WallClock, moment: str, seconds: int) -> None:
    """Whether it has a document yet or not."""

    async def main() -> None:
        printer = gutter.opened()
        asked = ticket()
        job_id = (await printer.create_job(asked)).job_id

        async def stepped() -> AsyncIterator[bytes]:
            if moment == "created":
                clock.step(seconds)
                for _ in range(3):  # cupsd looks at its jobs in between
                    await printer.job_status(job_id)
            for chunk in pieces(2 * MIB):
                yield chunk
                clock.step(seconds)

        await printer.send_document(job_id, asked, stepped())
        assert (await over(printer, job_id)).state is JobState.COMPLETED
        assert gutter.taken(job_id) == b"".join(pieces(2 * MIB))
        await printer.aclose()

    aio.run(main())


@pytest.mark.parametrize("seconds", [YEAR, -YEAR])
def test_a_job_that_prints_goes_on_and_so_does_the_next(gutter: Gutter, clock: WallClock, seconds: int) -> None:
    async def main() -> None:
        printer = gutter.opened()
        gutter.shut()
        job_id = await sent(printer, b"%PDF")
        await eventually(lambda: gutter.waits(job_id))
        clock.step(seconds)
        for _ in range(3):
            assert (await printer.job_status(job_id)).state is JobState.PROCESSING
        gutter.let_go()
        assert (await over(printer, job_id)).state is JobState.COMPLETED
        clock.step(0)
        assert (await over(printer, await sent(printer, b"%!PS"))).state is JobState.COMPLETED
        assert len(list(gutter.folder.glob("taken-*"))) == 2
        await printer.aclose()

    aio.run(main())
