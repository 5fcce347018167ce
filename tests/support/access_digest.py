"""What a mesh in memory remembers, in one digest: the same before and after whatever was refused."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from tools.edgemesh.memory_mesh import MemoryMesh

Spelt = str | tuple[Any, ...]
_PLAIN = (str, int, float, bytes, bytearray, bool, type(None), datetime, date, timedelta, Enum)


def digest(mesh: MemoryMesh) -> str:
    """SHA-256 over every store, whatever is in it."""
    return hashlib.sha256(repr(spelt(dict(stores(mesh)))).encode()).hexdigest()


def stores(mesh: MemoryMesh) -> Iterator[tuple[str, object]]:
    """Every store of the mesh by name, those of one for each node too. The audit is none of them: it grows with each
    refusal."""
    for name, value in vars(mesh).items():
        among = [*value.values()] if isinstance(value, Mapping) else [value]
        if among and all(_is_store(one) for one in among) and "audit" not in name:
            yield name, value


def _is_store(value: object) -> bool:
    module = type(value).__module__
    return module.startswith("tools.edgemesh") and "memory" in module.rpartition(".")[2]


def spelt(value: object) -> Spelt:
    """A value as plain text and tuples: equal when, and only when, all that is in it is equal."""
    if isinstance(value, _PLAIN):
        return f"{type(value).__name__}:{value!r}"
    if isinstance(value, Mapping):
        return tuple(sorted(((spelt(key), spelt(one)) for key, one in value.items()), key=repr))
    if isinstance(value, Set):
        return tuple(sorted((spelt(one) for one in value), key=repr))
    if isinstance(value, Sequence):
        return tuple(spelt(one) for one in value)
    return type(value).__name__, *((name, spelt(one)) for name, one in _attributes(value))


def _attributes(value: object) -> Iterator[tuple[str, object]]:
    """In the order of their definition; a class that hides its state from us fails the test."""
    if is_dataclass(value):
        names = [one.name for one in fields(value)]
    else:
        names = [*getattr(type(value), "__slots__", ()), *getattr(value, "__dict__", ())]
    assert names, f"nothing to digest in {type(value).__name__}"
    return ((name, getattr(value, name)) for name in names if not callable(getattr(value, name)))
