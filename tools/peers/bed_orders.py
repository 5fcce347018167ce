"""How a test bed of umockdev's is told what happens to its devices: JSON lines on its standard input, one answer each.

Runs with Debian's own Python. Standard library and gi alone here.
"""

import json
from collections.abc import Callable
from typing import Any

from gi.repository import GLib


def obey_orders(root: str, obey: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Say where the bed's `root` is, then obey until the input ends; the bed's own events go on in between."""
    loop = GLib.MainLoop()
    orders = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115 (what is buffered would never wake us)

    def heard(_channel: object, _condition: object) -> bool:
        line = orders.readline()
        if not line:
            loop.quit()
            return False
        print(json.dumps(obey(json.loads(line))), flush=True)
        return True

    GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, heard)
    print(json.dumps({"root": root}), flush=True)
    loop.run()
