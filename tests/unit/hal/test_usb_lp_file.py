"""The device file of usblp: what its kernel driver refuses for now is waited for, what it ends is said."""

import errno
import os
import re
import threading
import tty
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from hal.drivers import usblp_file
from hal.drivers.usblp_file import BrokenOffError, UsblpFile

PATIENT, IMPATIENT = 30.0, 0.01


class Line:
    """A pseudo-terminal in place of the device: `far` is the printer's end."""

    def __init__(self) -> None:
        self.far, self._near = os.openpty()
        tty.setraw(self._near)
        self.path = Path(os.ttyname(self._near))
        self.file = UsblpFile(self.path)

    def printed(self, size: int) -> bytes:
        """The next bytes at the printer's end, however many at a time the kernel brings them there."""
        data = b""
        while len(data) < size:
            data += os.read(self.far, size - len(data))
        return data

    def close(self) -> None:
        self.file.close()
        os.close(self.far)
        os.close(self._near)


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EAGAIN, errno.EINTR])
def test_a_write_that_is_refused_for_now_is_tried_again(
    line: Line, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    """usblp says that it is ready while paper is out, and then takes nothing."""
    refusals = iter([OSError(reason, os.strerror(reason))])
    really = os.write

    def write(file: int, data: bytes) -> int:
        if bytes(data) == b"page" and (refusal := next(refusals, None)) is not None:
            raise refusal
        return really(file, data)

    monkeypatch.setattr(os, "write", write)
    line.file.write(b"page", PATIENT)
    line.file.drain(PATIENT)
    assert (line.file.taken, line.printed(4)) == (4, b"page")


def test_a_device_that_takes_nothing_is_given_up(line: Line) -> None:
    with pytest.raises(TimeoutError):
        line.file.write(bytes(1 << 20), IMPATIENT)
    assert line.file.taken < 1 << 20


def test_one_that_refuses_for_ever_is_given_up(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(_file: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write)
        with pytest.raises(TimeoutError):
            line.file.write(b"page", IMPATIENT)
    assert line.file.taken == 0


@pytest.mark.parametrize("reason", [errno.ENODEV, errno.EIO, errno.EPIPE])
def test_a_device_that_is_gone_is_not_waited_for(line: Line, monkeypatch: pytest.MonkeyPatch, reason: int) -> None:
    """usblp has ENODEV for one that was unplugged: it will not come back to this file."""

    def write(_file: int, _data: bytes) -> int:
        raise OSError(reason, os.strerror(reason))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write)
        with pytest.raises(OSError, match=re.escape(os.strerror(reason))):
            line.file.write(b"page", IMPATIENT)
    assert line.file.taken == 0


def test_one_that_is_only_slow_is_woken_for_and_not_looked_at_now_and_then(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A nap for each eight kilobytes of usblp's buffer would keep a large picture for half an hour."""

    def nap(_lent: tuple[int, int], _until: float) -> None:
        pytest.fail("it said that it was not ready")

    monkeypatch.setattr(usblp_file, "_nap", nap)
    printer = threading.Thread(target=line.printed, args=(1 << 18,), daemon=True)
    printer.start()
    line.file.write(bytes(1 << 18), PATIENT)
    printer.join()


def test_nobody_closes_the_device_under_a_step_s_feet(line: Line) -> None:
    """The number would be another file's by then, and the document be written there."""
    with line.file._lent() as (device, _bell):
        line.file.close()
        os.fstat(device)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(device)


def test_a_slow_device_has_the_patience_anew_for_each_byte(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it takes longer than any one of them may."""
    passed, turns, really = [0.0], [0], os.write

    def write(file: int, data: bytes) -> int:
        turns[0] += 1
        if turns[0] % 2:
            passed[0] += PATIENT * 0.6
            raise BlockingIOError(errno.EAGAIN, "not yet")
        return really(file, data[:1])

    monkeypatch.setattr(usblp_file, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    monkeypatch.setattr(usblp_file, "NAP", 0.0)
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write)
        line.file.write(b"page", PATIENT)
    assert passed[0] > 2 * PATIENT
    assert line.printed(4) == b"page"


def test_a_write_under_way_is_broken_off_from_another_thread(line: Line) -> None:
    ended: list[BaseException] = []

    def write() -> None:
        try:
            line.file.write(bytes(1 << 20), PATIENT)
        except BrokenOffError as exc:
            ended.append(exc)

    thread = threading.Thread(target=write)
    thread.start()
    os.read(line.far, 1)  # it has begun
    line.file.close()
    thread.join()
    assert len(ended) == 1
    for call in (line.file.status, line.file.device_id):
        with pytest.raises(BrokenOffError):
            call()


def test_what_another_has_open_is_refused(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BlockingIOError):
        UsblpFile(line.path)

    def busy(_path: Path, _flags: int) -> int:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    monkeypatch.setattr(os, "open", busy)
    with pytest.raises(BlockingIOError):
        UsblpFile(line.path)


def test_what_is_not_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        UsblpFile(tmp_path / "lp0")
