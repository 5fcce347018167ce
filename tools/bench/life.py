"""One life of the station under test, from its start to its kill: the same `firmware.app.run` as on the real box."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from firmware.app import Post, run
from firmware.config import Config
from firmware.connecting import mesh_client
from firmware.core.events import Event
from firmware.errors import LockgateError
from firmware.mesh.tls import PeerCheck
from firmware.trust.clock import RELEASED
from firmware.trust.trust import Trust, open_trust
from hal.board import Board
from hal.ports.errors import DeviceError
from hal.sim.board import SimBoard
from hal.sim.printer import SimPrinter
from hal.sim.storage import PowerCutError
from tools.bench.in_process import InProcess
from tools.bench.panel import Panel, Shown
from tools.bench.site import Setting
from tools.bench.trace import Of, Trace, TracedIndicator

URL = "https://mesh.test"


class Life:
    """`box` outlives it. Raises what keeps a station from starting: `LockgateError`, `DeviceError`."""

    def __init__(
        self,
        box: SimBoard[SimPrinter],
        transport: Callable[[PeerCheck], InProcess],
        ca_pem: bytes,
        trace: Trace,
        setting: Setting,
    ) -> None:
        shown = Shown()
        board = replace(box.board(), indicator=TracedIndicator(box.indicator, trace, shown.see))
        config = replace(_config(ca_pem), badge_proof=bool(setting.cards))
        trust = open_trust(board, config, RELEASED)
        mesh = mesh_client(board, trust, transport(trust.check_peer), transport(trust.check_timeless))
        self.panel = Panel(mesh, box.clock, shown)
        self.lost_power = False
        """Whether it ended in the middle of a write (`SimStorage.cut_power_in`)."""
        self._trace = trace
        self._post: Post | None = None
        self._task = asyncio.ensure_future(self._live(board, config, trust))
        self._task.add_done_callback(lambda _: box.watchdog.restart())  # nobody counts for a process that is gone

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return not self._task.done()

    def post(self, event: Event) -> None:
        """What a person does at the panel."""
        if self._post is not None:
            self._post(event)

    async def end(self) -> None:
        """Kill it: nothing of its own runs any more. Raises what it died of before that nobody foresaw."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.check()

    def check(self) -> None:
        """Raises what the station died of, when nobody foresaw it."""
        if self._task.done() and not self._task.cancelled() and (fault := self._task.exception()):
            raise fault

    async def _live(self, board: Board, config: Config, trust: Trust) -> None:
        try:
            control = self._take_post
            code = await run(board, config, self.panel, trust=trust, journal=self._trace, control=control)
        except (LockgateError, DeviceError) as exc:
            self._trace.note(Of.REMARK, f"the station did not start: {exc.code}")
        except BaseExceptionGroup as group:
            _power_cut, others = group.split(PowerCutError)
            if others is not None:
                raise others from group
            self.lost_power = True
            self._trace.note(Of.REMARK, "the station lost its power")
        else:
            self._trace.note(Of.REMARK, f"the station ended with exit code {code}")

    def _take_post(self, post: Post) -> None:
        self._post = post


def _config(ca_pem: bytes) -> Config:
    return Config(
        data_dir="sim", mesh_url=URL, ca_file="sim", keys="sim:", readers=("sim:",), printer="sim:", ca_pem=ca_pem
    )
