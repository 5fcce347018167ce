"""Printers at an emulated USB bus: the IPP driver through the real ipp-usb, and the driver of usblp in a process under
umockdev."""

import hashlib
from collections.abc import Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from hal.drivers import ipp_usb_printer, usb_devices
from hal.drivers.context import DriverContext
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.clock import Clock
from tests.support import aio
from tests.support.printer_rigs import Arrived
from tools.peers.ipp_usb import IppUsb, ipp_usb


class IppUsbRig:
    """The driver over the real ipp-usb; the machine it looks at is the emulated one."""

    def __init__(self, peer: IppUsb, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(usb_devices, "ROOT", Path(peer.usb.root))
        self.peer = peer
        self.clock: Clock = SystemClock()
        self._workers = ThreadWorkers(4)
        context = DriverContext(self.clock, self._workers, SystemRandom())
        self.printer = ipp_usb_printer.open(peer.uri, context)

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        aio.run(self._closing(main))

    async def _closing(self, main: Coroutine[Any, Any, None]) -> None:
        try:
            await main
        finally:
            await self.printer.aclose()

    def arrived(self, job_id: int) -> Arrived:
        path = self.peer.inner.document(job_id)
        data = path.read_bytes() if path else b""
        return Arrived(len(data), hashlib.sha256(data).hexdigest())

    def close(self) -> None:
        self._workers.close()


class IppUsbPeers:
    """One for many tests, and a fresh one after a test that left it in a mess."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._peer: IppUsb | None = None

    def take(self) -> IppUsb:
        if self._peer is None:
            self._peer = self._stack.enter_context(ipp_usb())
        return self._peer

    def spoil(self) -> None:
        self._stack.close()
        self._peer = None
