"""What the vault keeps of updates, in memory, for simulations."""

from collections.abc import Mapping

from tools.edgemesh.interface.exchange import OpenBody
from tools.edgemesh.storage.memory_bodies import MemoryBody
from tools.edgemesh.updates.rollout import Bundle


class MemoryFiles:
    """Implements `Storage`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def read(self, name: str) -> bytes | None:
        return self.files.get(name)

    def replace(self, name: str, data: bytes) -> None:
        self.files[name] = data

    def append(self, name: str, data: bytes) -> None:
        self.files[name] = self.files.get(name, b"") + data

    def remove(self, name: str) -> None:
        self.files.pop(name, None)


class MemoryBundles:
    """Implements `Bundles`."""

    def __init__(self) -> None:
        self.said: dict[str, Bundle] = {}
        self.bodies: dict[str, bytes] = {}

    def all(self) -> Mapping[str, Bundle]:
        return dict(self.said)

    def open(self, digest: str) -> OpenBody | None:
        body = self.bodies.get(digest)
        return None if body is None else MemoryBody(body)

    def put(self, bundle: Bundle, body: bytes) -> None:
        """Add one."""
        self.said[bundle.digest], self.bodies[bundle.digest] = bundle, body
