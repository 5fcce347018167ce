"""Where Debian's packages come from: the mirrors that this machine's apt is configured with, and no other."""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

from tools.image.errors import ImageError

SUITE = "trixie"
COMPONENTS = "main contrib non-free-firmware"
FORMAT = "$(REPO_URI)|$(RELEASE)|$(ORIGIN)"
ORIGIN = "Debian"


@dataclass(frozen=True, slots=True)
class Mirror:
    """Addresses as in sources.list(5), without a slash at the end."""

    archive: str
    security: str

    def sources(self, *, backports: bool) -> str:
        """Lines for sources.list(5)."""
        suites = [(self.archive, SUITE), (self.archive, f"{SUITE}-updates"), (self.security, f"{SUITE}-security")]
        if backports:
            suites.append((self.archive, f"{SUITE}-backports"))
        return "".join(f"deb {uri} {suite} {COMPONENTS}\n" for uri, suite in suites)


def parse_targets(lines: Iterable[str]) -> Mirror:
    """Of what `apt-get indextargets` says in FORMAT, the first archive of Debian and the first of its security updates.
    Raises `ImageError`."""
    found = [parts for line in lines if len(parts := line.strip().split("|")) == 3 and parts[2] == ORIGIN]
    security = [uri.rstrip("/") for uri, release, _ in found if release.endswith("-security")]
    archive = [uri.rstrip("/") for uri, release, _ in found if "-" not in release]
    if not archive or not security:
        raise ImageError("apt has no archive of Debian, or none of its security updates: say --archive and --security")
    return Mirror(archive[0], security[0])


def configured() -> Mirror:
    """That of this machine. Raises `ImageError`."""
    command = ["apt-get", "indextargets", "--format", FORMAT, "Created-By: Packages"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as exc:
        raise ImageError(f"apt does not say where its packages come from: {exc}") from exc
    return parse_targets(done.stdout.splitlines())
