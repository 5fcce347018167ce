"""The site's file in the FAT partition of a card, by mtools: it needs no mount, no privilege but the disk's, and the
file never lies on this computer's own disk."""

import os
import shutil
import subprocess

from tools.flash.errors import FlashError
from tools.flash.partitions import Partition

NAME = "lockgate.toml"
_PATIENCE = 120.0


def put(path: str, partition: Partition, content: bytes) -> None:
    """Write the file there, instead of one of that name, and read it back. Raises `FlashError`."""
    image = f"{path}@@{partition.start}"
    _run("mcopy", ["-o", "-i", image, "-", f"::{NAME}"], content)
    if _run("mcopy", ["-n", "-i", image, f"::{NAME}", "-"], b"") != content:
        raise FlashError("the site's settings are not there as they were written", code="provisioning-unwritten")


def _run(name: str, words: list[str], content: bytes) -> bytes:
    program = shutil.which(name)
    if program is None:
        raise FlashError("mtools is not installed (Debian: mtools, Homebrew: mtools)", code="tool-missing")
    environment = {**os.environ, "MTOOLSRC": os.devnull, "LC_ALL": "C"}
    try:
        done = subprocess.run(
            [program, *words], input=content, capture_output=True, env=environment, check=True, timeout=_PATIENCE
        )
    except subprocess.CalledProcessError as exc:
        told = exc.stderr.decode(errors="replace").strip().splitlines()
        raise FlashError(f"{name}: {told[-1] if told else 'failed'}", code="provisioning-unwritten") from exc
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise FlashError(f"{name} does not run: {exc}", code="provisioning-unwritten") from exc
    return done.stdout
