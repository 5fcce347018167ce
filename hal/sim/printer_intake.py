"""A document on its way into the printer twin: every byte that arrives is a fact, whatever becomes of the job."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hal.sim.printer_engine import PrinterEngine
from hal.sim.printer_jobs import Job
from hal.sim.printer_pages import PageCounter


class CutOffError(Exception):
    """The printer closes the connection here."""


@dataclass(slots=True)
class Delivery:
    """What arrived for one job. `data` stays empty where the bytes go to a sink; `whole` once all of it came."""

    job_id: int
    job_name: str
    format: str
    size: int = 0
    whole: bool = False
    data: bytearray = field(default_factory=bytearray, repr=False)


Sink = Callable[[Delivery, bytes], None]
"""Takes the next bytes of a delivery, for documents too large to keep in memory."""


class Intake:
    """One document of one job, from its first byte to its end or its breaking off."""

    def __init__(self, engine: PrinterEngine, job: Job, delivery: Delivery, sink: Sink | None) -> None:
        self._engine = engine
        self._job = job
        self._delivery = delivery
        self._sink = sink
        self._counter = PageCounter(delivery.format)
        self._closed = False

    def feed(self, data: bytes) -> None:
        """The next bytes. Raises `CutOffError` when the printer has had enough, or was switched off meanwhile."""
        limit = self._engine.faults.cut_after
        self._accept(data if limit is None else data[: max(0, limit - self._job.received)])
        if limit is not None and self._job.received >= limit:
            self._engine.faults.cut_after = None
            self.break_off()
            raise CutOffError(f"closed after {limit} bytes")
        if self._engine.is_off or self._engine.jobs.get(self._job.job_id) is not self._job:
            raise CutOffError("switched off")

    def _accept(self, data: bytes) -> None:
        self._job.received += len(data)
        self._delivery.size += len(data)
        self._counter.feed(data)
        if self._sink is None:
            self._delivery.data += data
        else:
            self._sink(self._delivery, data)

    def end(self) -> None:
        """The end of the document came."""
        self._closed = self._delivery.whole = True
        self._engine.finish(self._job, self._counter)

    def break_off(self) -> None:
        """The connection ended before the document did. Idempotent, and nothing after `end`."""
        if not self._closed:
            self._closed = True
            self._engine.cut(self._job, self._counter)
