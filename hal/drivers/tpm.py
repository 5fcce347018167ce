"""A TPM 2.0, through the command `tpm2` of tpm2-tools: wrap and unwrap a few bytes, and what its errors mean."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from hal.ports.errors import DeviceConfigError, KeySealedError

TIMEOUT: Final = 30.0
"""Seconds for one command. A slow TPM makes a primary P-256 key in about one; one that hangs is not waited for."""
TOOL: Final = "tpm2"
MAX_BLOB: Final = 4096
TCTI = re.compile(r"(device:/dev/[a-z0-9]+|tabrmd(:[\w=,.-]+)?|(swtpm|mssim)(:[\w=,./-]+)?)")
"""The ways to a TPM that we take (tpm2-tools, tpm2-tools(1) TCTI). Not `cmd:`, which would run any command."""
MANAGED = re.compile(r"device:/dev/tpmrm[0-9]+|tabrmd.*")
"""A resource manager clears up after each command; without one, we do."""

# One fixed template, all of it said: a TPM derives the same primary key from its seed each time it is asked, so it
# need not be kept anywhere, as long as it is asked for in the same words (TPM 2.0 part 1, 14.3 Primary Seed).
PRIMARY: Final = ("-C", "o", "-g", "sha256", "-G", "ecc256:aes128cfb", "-a")
# noda: other people's wrong guesses may lock the TPM's passwords; these two have none, and stay usable.
PRIMARY_IS: Final = "restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda"
OBJECT_IS: Final = "fixedtpm|fixedparent|userwithauth|noda"


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A sealed object as TPM2B_PUBLIC and TPM2B_PRIVATE. No secret: only the TPM that made it can use it."""

    public: bytes
    private: bytes


class Tpm:
    """The TPM at a TCTI. Secrets go through pipes, and what else a command reads or writes lies in memory. Every
    method raises `KeySealedError`, whose detail says what to do."""

    def __init__(self, tcti: str, timeout: float = TIMEOUT) -> None:
        if not TCTI.fullmatch(tcti):
            raise DeviceConfigError("tpm", f"tcti must be such as device:/dev/tpmrm0, not {tcti!r}")
        tool = shutil.which(TOOL)
        if tool is None:
            raise DeviceConfigError("tpm", f"the command {TOOL} is missing: apt-get install tpm2-tools")
        self._tool, self._tcti, self._timeout = tool, tcti, timeout

    def wrap(self, secret: bytes) -> Wrapped:
        """Seal at most 128 bytes to this TPM."""
        with self._primary() as primary, _memory() as public, _memory() as private:
            self._run("create", "-Q", "-C", primary, "-g", "sha256", "-a", OBJECT_IS, "-i", "-", "-u", public,
                      "-r", private, stdin=secret)  # fmt: skip
            return Wrapped(_content(public), _content(private))

    def unwrap(self, wrapped: Wrapped) -> bytes:
        """What was wrapped. Another TPM, or this one after it was cleared, cannot."""
        with (
            self._primary() as primary,
            _memory(wrapped.public) as public,
            _memory(wrapped.private) as private,
            _memory() as loaded,
        ):
            self._run("load", "-Q", "-C", primary, "-u", public, "-r", private, "-c", loaded)
            return self._run("unseal", "-c", loaded)

    @contextmanager
    def _primary(self) -> Iterator[str]:
        with _memory() as primary:
            self._run("createprimary", "-Q", *PRIMARY, PRIMARY_IS, "-c", primary)
            yield primary

    def _run(self, command: str, *arguments: str, stdin: bytes = b"") -> bytes:
        done = self._call(command, *arguments, stdin=stdin)
        if not MANAGED.fullmatch(self._tcti):
            self._call("flushcontext", "-t", stdin=b"")
        if done.returncode != 0:
            raise KeySealedError("tpm", f"{command}: {meaning(done.stderr, self._tcti)}")
        return done.stdout

    def _call(self, command: str, *arguments: str, stdin: bytes) -> subprocess.CompletedProcess[bytes]:
        """One process. Its arguments hold no secret: anybody may read them in /proc."""
        passed = tuple(int(argument.rpartition("/")[2]) for argument in arguments if argument.startswith(MEMORY))
        line = [self._tool, command, "-T", self._tcti, *arguments]
        try:
            return subprocess.run(  # noqa: S603 (a fixed command; the one word from outside is checked against TCTI)
                line,
                input=stdin,
                capture_output=True,
                timeout=self._timeout,
                pass_fds=passed,
                env=ENVIRONMENT,
                check=False,
            )
        except subprocess.TimeoutExpired as exc:
            raise KeySealedError("tpm", f"{command}: no answer in {self._timeout:g} s; {RESTART}") from exc
        except OSError as exc:
            raise KeySealedError("tpm", f"{command}: {self._tool}: {exc.strerror}") from exc


ENVIRONMENT: Final = {"PATH": os.defpath, "TSS2_LOG": "all+NONE"}
MEMORY: Final = "/dev/fd/"
RESTART: Final = "restart the box; if it stays so, the TPM is broken"


@contextmanager
def _memory(content: bytes = b"") -> Iterator[str]:
    """A file that is on no file system, by the name under which a child finds it (memfd_create(2))."""
    fd = os.memfd_create("lockgate-tpm")
    try:
        os.pwrite(fd, content, 0)
        yield f"{MEMORY}{fd}"
    finally:
        os.close(fd)


def _content(path: str) -> bytes:
    return os.pread(int(path.rpartition("/")[2]), MAX_BLOB, 0)


CODE = re.compile(rb"\(0x([0-9A-Fa-f]{1,8})\)")
LAYER: Final = 0xFFFF0000
TCTI_LAYER: Final = 0xA0000
"""Set where not the TPM but the way to it failed (TSS 2.0 Overview, error codes)."""


def meaning(stderr: bytes, tcti: str) -> str:
    """The last response code in a command's complaint, and the remedy (TPM 2.0 part 2, 6.6 TPM_RC)."""
    codes = [int(code, 16) for code in CODE.findall(stderr)]
    if not codes or any(code & LAYER == TCTI_LAYER for code in codes):
        return f"no TPM answers at {tcti}; is it there, and may this user open it (group tss)?"
    code = codes[-1] & ~LAYER  # a resource manager marks what it passes on
    remedy = next((f": {remedy}" for matches, remedy in REMEDIES if matches(code)), "")
    return f"TPM response 0x{code:03x}{remedy}"


def _format_one(*bases: int) -> Callable[[int], bool]:
    """Codes that also say which parameter, handle or session is meant: that is taken off."""
    return lambda code: bool(code & 0x80) and code & 0xBF in bases


REMEDIES: Final[tuple[tuple[Callable[[int], bool], str], ...]] = (
    (_format_one(0x09F, 0x09B, 0x08B), "another TPM made this, or it was cleared since: pair the box again"),
    (_format_one(0x08E, 0x0A2), "its owner has a password: clear it (tpm2_changeauth -c owner), or use file:DIR"),
    (_format_one(0x085), "the owner hierarchy is switched off: switch it on in the firmware's set-up"),
    (lambda code: code == 0x921, "locked out after wrong passwords: wait, or tpm2_dictionarylockout --clear-lockout"),
    (lambda code: code == 0x100, "not started: the system's firmware or tpm2_startup does that"),
)
