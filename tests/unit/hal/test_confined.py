"""The box, by probes inside it: what a program there cannot do, and that there is no running without it."""

import os
import socket
from pathlib import Path

import pytest

from hal.drivers import confined, mutool_converter
from hal.drivers.confined import OVER_TIME, Limits, command, running
from hal.drivers.memory_file import append, memory_file, seal
from hal.drivers.overheard import WORDS_BYTES
from hal.ports.errors import DeviceConfigError
from tests.support.aio import run

PERL = "/usr/bin/perl"
"""Of Debian's essential packages."""
LIMITS = Limits(1 << 30, 30)
MIB = 1 << 20


def tried(script: str, limits: Limits = LIMITS) -> tuple[int, bytes, bytes]:
    """A Perl script in the box: its exit status, and what it wrote to stdout and stderr."""

    async def scene() -> tuple[int, bytes, bytes]:
        with memory_file() as document, memory_file() as written:
            append(document, b"the document")
            seal(document)
            append(written, script.encode())
            words = command([PERL, f"/proc/self/fd/{written}"], limits)  # not -e: there is no /dev/null for it
            async with running(words, document, (written,)) as one:
                out = b""
                while more := await one.more():
                    out += more
                return await one.status(), out, one.said.words

    return run(scene())


def test_a_program_reads_the_document_and_answers() -> None:
    assert tried('open(F, "<", "/proc/self/fd/0"); print <F>') == (0, b"the document", b"")


def test_it_cannot_change_the_document() -> None:
    writes = 'open(F, "+<", "/proc/self/fd/0") and syswrite(F, "x") and exit 0; exit 3'
    assert tried(writes, Limits(1 << 30, 30, MIB))[0] == 3


def test_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        address = f'pack("S n a4 x8", 2, {port}, "\\x7f\\0\\0\\1")'
        script = f"socket(S, 2, 1, 0) or exit 4; connect(S, {address}) and exit 0; exit 3"
        assert tried(script)[0] in (3, 4)
    assert tried('open(F, "<", "/proc/net/dev") or exit 5; print grep {/:/ and !/ lo:/} <F>') == (0, b"", b"")


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/home", "/root", "/tmp", "/var", "/run", "/sys", "/dev", "/usr/bin/dash"]
)
def test_what_it_does_not_see(path: str) -> None:
    assert Path(path).exists()
    assert tried(f'exit(-e "{path}" ? 0 : 3)')[0] == 3


def test_nothing_of_ours_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_CANARY", "canary")
    assert b"CANARY" not in tried('print join " ", %ENV')[1].upper()


@pytest.mark.parametrize("path", ["/file", "/usr/lib/file", "/proc/file", "/part/file"])
def test_it_writes_nowhere(path: str) -> None:
    assert tried(f'open(F, ">", "{path}") and exit 0; exit 3')[0] == 3


def test_it_sees_no_process_but_its_own() -> None:
    _, pids, _ = tried('opendir(D, "/proc"); print join " ", grep /^[0-9]+$/, readdir D')
    assert 0 < len(pids.split()) <= 3
    assert str(os.getpid()).encode() not in pids.split()


def test_files_of_its_own_memory_are_small() -> None:
    limits = Limits(1 << 30, 30, MIB)
    script = 'open(F, ">", "/part/file") or exit 3; syswrite(F, "x" x 2097152); print -s F'
    status, size, _ = tried(script, limits)
    assert status != 0 or int(size) <= MIB


def test_memory_and_time_end() -> None:
    assert tried('my $x = "x" x 2000000000; print "got it"', Limits(256 * MIB, 30))[1] == b""
    assert tried("while (1) {}", Limits(256 * MIB, 1))[0] == OVER_TIME


def test_what_it_says_is_cut() -> None:
    status, _, words = tried('print STDERR "e" x 3000000')
    assert (status, len(words)) == (0, WORDS_BYTES)


def test_without_the_box_there_is_no_converter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'setting up uid map: Permission denied' >&2\nexit 1\n", encoding="ascii")
    refusing.chmod(0o755)
    monkeypatch.setattr(confined, "BWRAP", str(refusing))
    with pytest.raises(DeviceConfigError, match=r"nothing runs outside of it.*user namespaces"):
        mutool_converter.open("mutool:", None)  # type: ignore[arg-type]
    monkeypatch.setattr(confined, "BWRAP", str(tmp_path / "nothing"))
    with pytest.raises(DeviceConfigError, match="apt-get install bubblewrap"):
        mutool_converter.open("mutool:", None)  # type: ignore[arg-type]
