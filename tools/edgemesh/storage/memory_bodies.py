"""Bodies in memory, for simulations: whole or not there, and of a limited capacity."""

import hashlib
from collections.abc import Mapping

from tools.edgemesh.interface.problems import Problem


class MemoryBodies:
    """`BodyStore`; `capacity` in bytes."""

    def __init__(self, capacity: int = 2**30) -> None:
        self.capacity = capacity
        self.bodies: dict[str, bytes] = {}

    def begin(self, job_id: str) -> "MemorySink":
        return MemorySink(self, job_id)

    def open(self, job_id: str) -> "MemoryBody | None":
        body = self.bodies.get(job_id)
        return None if body is None else MemoryBody(body)

    def remove(self, job_id: str) -> None:
        self.bodies.pop(job_id, None)

    def sizes(self) -> Mapping[str, int]:
        return {job_id: len(body) for job_id, body in self.bodies.items()}

    def sweep(self) -> None:
        """Nothing is kept half written."""

    def free(self) -> int:
        return self.capacity - sum(len(body) for body in self.bodies.values())


class MemorySink:
    """`BodySink`."""

    def __init__(self, store: MemoryBodies, job_id: str) -> None:
        self._store, self._job_id, self._data = store, job_id, bytearray()

    def write(self, data: bytes) -> None:
        if self._store.free() < len(self._data) + len(data):
            raise Problem("mesh-full", "no room in memory")
        self._data += data

    def sync(self) -> str:
        return hashlib.sha256(self._data).hexdigest()

    def commit(self) -> None:
        self._store.bodies[self._job_id] = bytes(self._data)

    def abort(self) -> None:
        self._data.clear()


class MemoryBody:
    """`OpenBody`."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.size = len(body)

    def read(self, offset: int, length: int) -> bytes:
        return self._body[offset : offset + length]

    def close(self) -> None:
        """Nothing to release."""
