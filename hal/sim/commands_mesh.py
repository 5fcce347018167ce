"""Faults of a simulated mesh that have a parameter."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MeshCuts:
    """The next body that the mesh sends breaks off after so many bytes of the sealed document, once."""

    after: int


@dataclass(frozen=True, slots=True)
class MeshFlips:
    """One bit of this byte (from 0) of the next body that the mesh sends is flipped, once."""

    byte: int


@dataclass(frozen=True, slots=True)
class MeshAdds:
    """The next body that the mesh sends goes on for so many bytes after its end, once."""

    extra: int


@dataclass(frozen=True, slots=True)
class SlowMesh:
    """The mesh answers each request so many seconds late."""

    seconds: float
