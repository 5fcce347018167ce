"""Attacks on keys at rest."""

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from firmware.vault.signing import new_identity_key
from hal.drivers.sealing import HEADER_BYTES, MAGIC
from tests.support.key_rigs import KEK, KeyRig
from tests.support.threat_model import Threat, breach, refuses, without


def elsewhere() -> None:
    """The medium of a stolen station in another computer, which has a credential of its own."""
    secret = new_identity_key()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        rig = KeyRig("sealed", Path(folder), patch, stack)
        rig.keys.store("identity.key", secret)
        breach(secret in rig.content(), "the key lies there in the clear")
        Path(folder, "thief").mkdir()
        thief = KeyRig("sealed", Path(folder, "thief"), patch, stack)
        shutil.copytree(rig.directory, thief.directory, dirs_exist_ok=True)
        thief.give(bytes(reversed(KEK)))
        with refuses("key-sealed"):
            thief.reopen().load("identity.key")


def _open(self: Any, _name: str, sealed: bytes) -> bytes:
    return sealed[HEADER_BYTES:]


def _plain(self: Any, _name: str, secret: bytes) -> bytes:
    return MAGIC + bytes(HEADER_BYTES - len(MAGIC)) + secret


THREATS = (
    Threat(
        "key-store-elsewhere",
        elsewhere,
        without(("hal.drivers.sealing.Sealer.seal", _plain), ("hal.drivers.sealing.Sealer.open", _open)),
    ),
)
