"""Programs that make sound, as our children: one at a time, the latest wins, and none outlives us."""

import asyncio
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

from hal.ports.errors import DeviceConfigError, DeviceError, DeviceLostError

PATH = "/usr/bin:/bin"
LAST_WORDS = 200
LONGEST_SECONDS = 60.0
"""A sound card that stands still must not keep a program for ever."""
ENVIRONMENT = {"PATH": PATH, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}


def program(device: str, name: str, package: str) -> str:
    """Where that program is. Raises `DeviceConfigError`."""
    if (found := shutil.which(name, path=PATH)) is None:
        raise DeviceConfigError(device, f"{name} is missing: apt-get install {package}")
    return found


class Sounding:
    """What is heard now. `begin` in the running loop."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._living: set[asyncio.Task[None]] = set()
        """What sounds, and what is being broken off."""
        self._failure: DeviceError | None = None
        self._closed = False

    def begin(self, data: bytes, *commands: Sequence[str]) -> None:
        """Break off what sounds, then run `commands`, each one's output into the next, `data` into the first. Without
        commands there is silence. Returns at once."""
        before = frozenset(self._living)
        for task in before:
            task.cancel()
        if commands and not self._closed:
            task = asyncio.get_running_loop().create_task(self._after(before, data, commands))
            self._living.add(task)
            task.add_done_callback(self._living.discard)

    def check(self) -> None:
        """Raises, once, the `DeviceError` that ended what was to be heard last."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    async def heard_out(self) -> None:
        """Until what sounds now has ended by itself."""
        while self._living:
            await asyncio.wait(frozenset(self._living))

    async def aclose(self) -> None:
        """Silence at once; idempotent."""
        self._closed = True
        self.begin(b"")
        await asyncio.gather(*self._living, return_exceptions=True)

    async def _after(
        self, before: frozenset[asyncio.Task[None]], data: bytes, commands: Sequence[Sequence[str]]
    ) -> None:
        if before:
            await asyncio.wait(before)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await self._run(data, commands)
        except TimeoutError:
            self._failure = DeviceLostError(self._device, "it stands still")
        except OSError as exc:
            self._failure = DeviceLostError(self._device, exc.strerror or str(exc))

    async def _run(self, data: bytes, commands: Sequence[Sequence[str]]) -> None:
        for index, command in enumerate(commands):
            is_last = index == len(commands) - 1
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=DEVNULL if is_last else PIPE, stderr=PIPE, env=ENVIRONMENT
            )
            try:
                out, said = await process.communicate(data)
            finally:
                await _ended(process)
            if process.returncode:
                words = said.decode("utf-8", "replace").strip()[-LAST_WORDS:]
                raise OSError(0, words or f"{command[0]} ended with {process.returncode}")
            data = out or b""


async def _ended(process: Process) -> None:
    """Killed where it still runs: there is nothing in it to save."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
