"""What a row of the threat model is: an attack that is really tried, and how to take away just what stops it."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps

import pytest

from firmware.errors import LockgateError
from firmware.vault import signing
from firmware.vault.identity import Identity
from hal.ports.errors import DeviceError
from hal.sim.virtual_time import run
from tests.support.mesh_http import Answer

YEARS = 1e9
"""Seconds of virtual time that an attack may take."""
Attack = Callable[[], None]
Remove = Callable[[pytest.MonkeyPatch], None]


class BreachError(AssertionError):
    """The attack went through."""


@dataclass(frozen=True, slots=True)
class Threat:
    """One row. `attack` fails the test when it gets through, or is stopped by something else than it should be;
    `remove` takes its defence away, and nothing beside it."""

    id: str
    attack: Attack
    remove: Remove

    @property
    def test(self) -> str:
        """Where the attack is, as the document says it."""
        module = self.attack.__module__.rpartition(".")[2]
        return f"{module}.py::{self.attack.__name__}"


def without(*changes: tuple[str, object]) -> Remove:
    """Each change is the dotted name of a defence, and what stands in its place."""

    def remove(patch: pytest.MonkeyPatch) -> None:
        for target, value in changes:
            patch.setattr(target, value)

    return remove


def nothing(*_arguments: object, **_options: object) -> None:
    """In place of a check."""


async def passing(*_arguments: object, **_options: object) -> None:
    """In place of a check that takes its time."""


def yes(*_arguments: object, **_options: object) -> bool:
    """In place of a comparison."""
    return True


def no(*_arguments: object, **_options: object) -> bool:
    """In place of a question that is better answered with yes."""
    return False


def believing(label: bytes) -> Remove:
    """Without the signatures under one label."""
    real = signing.verify

    def verify(identity: Identity, said: bytes, message: bytes, signature: bytes) -> None:
        if said != label:
            real(identity, said, message, signature)

    return without(("firmware.vault.signing.verify", verify))


def both(*removals: Remove) -> Remove:
    """Several defences that stand behind each other."""

    def remove(patch: pytest.MonkeyPatch) -> None:
        for one in removals:
            one(patch)

    return remove


def virtual(story: Callable[[], Awaitable[None]]) -> Attack:
    """An attack that takes its time, in virtual time."""

    @wraps(story)
    def attack() -> None:
        async def main() -> None:
            await story()

        run(main(), timeout=YEARS)

    return attack


def breach(happened: object, what: str) -> None:
    """The attack got there, if this happened."""
    if happened:
        raise BreachError(what)


def refused(answer: Answer, *codes: str) -> None:
    """The mesh said no, and for the right reason."""
    breach(answer.status < 400, f"answered with {answer.status}")
    assert answer.code in codes, (answer.status, answer.code)


@contextmanager
def refuses(*codes: str) -> Iterator[None]:
    """What is done within is stopped, and for the right reason."""
    said = ""
    try:
        yield
    except (LockgateError, DeviceError) as exc:
        said = exc.code
    breach(not said, f"nobody said {' or '.join(codes)}")
    assert said in codes, said
