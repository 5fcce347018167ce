"""What a measured process says on its standard output: one JSON object a line, for `tools.demo.processes.Talker`."""

import json
import os
import sys
import threading
import time


def say(told: dict[str, object]) -> None:
    """At once."""
    print(json.dumps(told), flush=True)


def say_ready() -> None:
    """From now on nothing is missed."""
    say({"ready": True})


def say_at() -> None:
    """That it has a card now. The monotonic clock is the same one in all processes of a machine."""
    say({"at": time.monotonic()})


def end_with_input() -> None:
    """End this process when its standard input does, so also with the one that started it."""

    def wait() -> None:
        os.read(sys.stdin.fileno(), 1)
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
