"""What the vault keeps of updates, behind the storage port: rollouts, outcomes, and a file for each station."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, fields, replace

from firmware.errors import LockgateError
from firmware.updates.states import UpdateError, Version
from firmware.vault.fields import FieldError, Fields, encode_object, read_object
from hal.ports.errors import StorageError
from hal.ports.storage import Storage
from tools.edgemesh.storage.stores import StoreError
from tools.edgemesh.updates.rollout import Bundle, Rollout, Seen, Stage

ROLLOUTS, STATIONS, OUTCOMES = "rollouts", "stations", "outcomes"
LONGEST = 4 * 2**20
_SEEN_TEXTS = tuple(one.name for one in fields(Seen) if one.name != "faults")


class KeptError(LockgateError):
    """A file of ours cannot be read."""

    code = "updates-damaged"


def read_rollouts(raw: bytes) -> dict[str, Rollout]:
    """Raises `KeptError`."""
    try:
        items = read_object(raw[:LONGEST], ("rollouts",)).value("rollouts")
        found = [_rollout(item) for item in _list(items)]
    except FieldError as exc:
        raise KeptError(str(exc)) from exc
    return {one.digest: one for one in found}


def _rollout(item: object) -> Rollout:
    inner = Fields(item, ("digest", "stages", "halted"))
    stages = tuple(_stage(one) for one in _list(inner.value("stages")))
    return Rollout(inner.text("digest", longest=64), stages, inner.text("halted", longest=64, shortest=0))


def _stage(item: object) -> Stage:
    inner = Fields(item, ("percent", "stations", "most_failures"))
    stations = _texts(inner.value("stations"))
    return Stage(inner.integer("percent", most=100), stations, inner.integer("most_failures"))


def read_seen(raw: bytes) -> Seen:
    """Raises `KeptError`."""
    try:
        found = read_object(raw[:LONGEST], (*_SEEN_TEXTS, "faults"))
        texts = {name: found.text(name, longest=128, shortest=0) for name in _SEEN_TEXTS}
        return Seen(**texts, faults=_texts(found.value("faults")))
    except FieldError as exc:
        raise KeptError(str(exc)) from exc


def read_bundle(raw: bytes) -> Bundle:
    """What is kept beside a bundle. Raises `KeptError`."""
    try:
        found = read_object(raw[:LONGEST], ("digest", "version", "compatible", "size"))
        version = Version(found.text("version", longest=64))
        compatible, size = found.text("compatible", longest=128), found.integer("size", least=1)
        return Bundle(found.text("digest", longest=64, shortest=64), version, compatible, size)
    except (FieldError, UpdateError) as exc:
        raise KeptError(str(exc)) from exc


def encode_bundle(bundle: Bundle) -> bytes:
    """As `read_bundle` reads it."""
    return encode_object({**asdict(bundle), "version": bundle.version.text})


class Kept:
    """Raises `StoreError` where the medium fails; what is damaged counts as not there."""

    def __init__(self, files: Storage) -> None:
        self._files = files
        self._rollouts: dict[str, Rollout] | None = None
        self._stations: dict[str, Seen] | None = None
        self._outcomes: dict[str, set[str]] | None = None

    @property
    def rollouts(self) -> Mapping[str, Rollout]:
        """By the digest of their bundle."""
        if self._rollouts is None:
            raw = self._read(ROLLOUTS)
            self._rollouts = {}
            if raw is not None:
                with suppress(KeptError):
                    self._rollouts = read_rollouts(raw)
        return self._rollouts

    @property
    def stations(self) -> Mapping[str, Seen]:
        """By their ids."""
        if self._stations is None:
            names = (self._read(STATIONS) or b"").decode("ascii", "replace").split()
            found = [self._station(name) for name in dict.fromkeys(names)]
            self._stations = {one.station: one for one in found if one is not None}
        return self._stations

    def put_rollout(self, rollout: Rollout) -> None:
        """Durably."""
        rollouts = {**self.rollouts, rollout.digest: rollout}
        self._write(ROLLOUTS, encode_object({"rollouts": [asdict(one) for one in rollouts.values()]}))
        self._rollouts = rollouts

    def put_station(self, seen: Seen) -> None:
        """Durably, unless nothing but the time is another; that is remembered all the same."""
        before = self.stations.get(seen.station)
        if before is None or replace(before, at=seen.at) != seen:
            name = _name(seen.station)
            self._write(name, encode_object({**asdict(seen), "faults": list(seen.faults)}))
            if before is None:
                self._append(STATIONS, f"{name}\n".encode())
        self._stations = {**self.stations, seen.station: seen}

    def outcomes(self, station: str, digest: str, stage: int) -> frozenset[str]:
        """The codes by which that bundle ended there in that stage, as far as they were put here."""
        if self._outcomes is None:
            self._outcomes = {}
            for line in (self._read(OUTCOMES) or b"").decode("ascii", "replace").splitlines():
                about, _, code = line.rpartition(" ")
                self._outcomes.setdefault(about, set()).add(code)
        return frozenset(self._outcomes.get(_about(station, digest, stage), ()))

    def put_outcome(self, station: str, digest: str, stage: int, code: str) -> None:
        """Durably."""
        found = {*self.outcomes(station, digest, stage), code}
        about = _about(station, digest, stage)
        self._append(OUTCOMES, f"{about} {code}\n".encode())
        self._outcomes = {**(self._outcomes or {}), about: found}

    def _station(self, name: str) -> Seen | None:
        raw = self._read(name) if name.startswith("s-") else None
        try:
            return None if raw is None else read_seen(raw)
        except KeptError:
            return None

    def _read(self, name: str) -> bytes | None:
        try:
            return self._files.read(name)
        except StorageError as exc:
            raise StoreError(exc.detail) from exc

    def _write(self, name: str, data: bytes) -> None:
        try:
            self._files.replace(name, data)
        except StorageError as exc:
            raise StoreError(exc.detail) from exc

    def _append(self, name: str, data: bytes) -> None:
        try:
            self._files.append(name, data)
        except StorageError as exc:
            raise StoreError(exc.detail) from exc


def _about(station: str, digest: str, stage: int) -> str:
    return f"{_name(station)} {digest} {stage}"


def _name(station: str) -> str:
    """A file's name for any id: ids may differ in case alone."""
    return f"s-{hashlib.sha256(station.encode()).hexdigest()[:32]}"


def _list(value: object) -> list[object]:
    if not isinstance(value, list) or len(value) > 10_000:
        raise FieldError("a list is wanted")
    return value


def _texts(value: object) -> tuple[str, ...]:
    items = _list(value)
    if not all(isinstance(one, str) and len(one) <= 128 for one in items):
        raise FieldError("a list of texts is wanted")
    return tuple(map(str, items))
