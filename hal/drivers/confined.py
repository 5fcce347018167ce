"""A foreign program in a box: no network, no files, no more memory and time than it was given, gone when it is let go.

The box is bubblewrap's (namespaces, no capabilities), the limits are prlimit's. There is no running without the box.
"""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hal.drivers.overheard import Overheard
from hal.ports.finding import Finding

BWRAP, PRLIMIT = "/usr/bin/bwrap", "/usr/bin/prlimit"
CHUNK_BYTES = 256 * 1024
FILES = 32
TRY_SECONDS = 20.0
OVER_TIME = 128 + 24
"""The exit status of a program that SIGXCPU ended."""

WALLS = (
    *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--disable-userns"),
    *("--die-with-parent", "--new-session", "--clearenv"),
    *("--ro-bind", "/usr/lib", "/usr/lib", "--symlink", "usr/lib", "/lib"),
    *("--ro-bind-try", "/usr/lib64", "/usr/lib64", "--symlink", "usr/lib64", "/lib64"),
    *("--proc", "/proc"),
)
"""What the program sees: the libraries of the system, and its own processes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Address space in bytes, CPU time in seconds, and the largest file it may write, in the box's own memory."""

    memory: int
    cpu_seconds: int
    file_bytes: int = 0


def command(program: Sequence[str], limits: Limits, *, tools: Sequence[str] = ()) -> list[str]:
    """The command that runs `program` (an absolute path and its arguments) in the box, where there are `tools` besides.
    Where it may write files, there is `/part`: memory of the box, of `file_bytes` at most."""
    bound = [word for path in (program[0], *tools) for word in ("--ro-bind", path, path)]
    scratch = ["--size", str(limits.file_bytes), "--tmpfs", "/part"] if limits.file_bytes else []
    return [
        *(PRLIMIT, f"--as={limits.memory}", f"--cpu={limits.cpu_seconds}:{limits.cpu_seconds + 1}"),
        *(f"--fsize={limits.file_bytes}", f"--nofile={FILES}", "--core=0", "--"),
        *(BWRAP, *WALLS, *bound, *scratch, "--remount-ro", "/", "--chdir", "/", "--", *program),
    ]


class Run:
    """One run of a program, and what it says on stderr."""

    def __init__(self, process: asyncio.subprocess.Process, out: asyncio.StreamReader, said: Overheard) -> None:
        self._process = process
        self._out = out
        self.said = said

    @property
    def pid(self) -> int:
        """Of the outermost process."""
        return self._process.pid

    async def more(self, most: int = CHUNK_BYTES) -> bytes:
        """What it wrote next, as much as there is; empty at the end."""
        return await self._out.read(most)

    async def exactly(self, size: int) -> bytes:
        """That many bytes, fewer where it ended before."""
        try:
            return await self._out.readexactly(size)
        except asyncio.IncompleteReadError as exc:
            return exc.partial

    async def status(self) -> int:
        """Its exit status once it has ended; 128 and the signal's number where a signal ended it."""
        await self.said.end()
        code = await self._process.wait()
        return 128 - code if code < 0 else code

    async def end(self) -> None:
        """Kill it, with everything in the box, and wait until it is gone."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self.said.close()
        while await self._out.read(CHUNK_BYTES):  # a pipe that is full would never be found closed
            pass
        await self._process.wait()


@asynccontextmanager
async def running(
    words: Sequence[str], stdin: int, more: tuple[int, ...] = (), *, phrases: Sequence[bytes] = ()
) -> AsyncIterator[Run]:
    """`words` as `command` made them, with the file descriptor `stdin` and `more` of the same numbers inside; `phrases`
    are listened for on its stderr. When the context is left, it is dead. Raises `OSError` where it cannot be
    started."""
    listening, speaking = os.pipe2(os.O_CLOEXEC)
    said = Overheard(listening, phrases)
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=speaking,
            env={},
            cwd="/",
            pass_fds=more,
            limit=CHUNK_BYTES,
        )
    except BaseException:
        said.close()
        raise
    finally:
        os.close(speaking)
    if process.stdout is None:
        raise OSError("a process without a pipe")
    run = Run(process, process.stdout, said)
    try:
        yield run
    finally:
        await asyncio.shield(run.end())


def findings(program: Sequence[str], package: str, device: str) -> tuple[Finding, ...]:
    """What keeps `program` from running in the box, tried with arguments that end it at once. Blocks meanwhile."""
    packages = {PRLIMIT: "util-linux", BWRAP: "bubblewrap", program[0]: package}
    for path, name in packages.items():
        if not Path(path).exists():
            return (Finding(device, f"{path} is not there", f"apt-get install {name}"),)
    words = command(program, Limits(1 << 30, 10))
    try:
        tried = subprocess.run(  # noqa: S603 - fixed words, no shell
            words, stdin=subprocess.DEVNULL, capture_output=True, env={}, timeout=TRY_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        tried = None
    if tried is not None and tried.returncode == 0:
        return ()
    remedy = "let the station use user namespaces: sysctl user.max_user_namespaces, or AppArmor's profile of bwrap"
    return (Finding(device, "bubblewrap cannot build its box here, and nothing runs outside of it", remedy),)
