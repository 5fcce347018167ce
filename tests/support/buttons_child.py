"""A process that waits for presses of one real driver and says each on a line of its standard output: `listening` once
the device is open, then the button, or the code of an error. It ends with its standard input."""

import asyncio
import sys

from hal.drivers.context import DriverContext
from hal.drivers.evdev_buttons import open as open_buttons
from hal.drivers.presses import ButtonFile
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.errors import DeviceError


async def press(buttons: ButtonFile) -> str:
    """The next press, or what went wrong."""
    try:
        return (await buttons.next_press()).button.value
    except DeviceError as exc:
        return exc.code


async def main(uri: str) -> None:
    workers = ThreadWorkers()
    buttons = open_buttons(uri, DriverContext(SystemClock(), workers, SystemRandom()))
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while await lines.readline():  # each line asks for one press
        waiting = asyncio.create_task(press(buttons))
        while not buttons.listening and not waiting.done():  # noqa: ASYNC110 (it says so to nobody)
            await asyncio.sleep(0)
        print("listening", flush=True)
        print(await waiting, flush=True)
    await buttons.aclose()
    workers.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
