"""CUPS's own `ipptool` with the test files it ships, and the documents that these want but Debian leaves out."""

import asyncio
import os
import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

SHIPPED = Path("/usr/share/cups/ipptool")
CHECK = re.compile(r"^    (\S.*?) +\[(PASS|FAIL|SKIP)\]$", re.MULTILINE)
SECONDS = 120.0
"""Against hanging alone; a run takes a few."""

PDF = b"%PDF-1.7\n2 0 obj << /Type /Pages >> endobj\n1 0 obj << /Type /Page >> endobj\n%%EOF\n"
DOCUMENTS = {
    "document-a4.pdf": PDF,
    "document-letter.pdf": PDF,
    "document-a4.ps": b"%!PS\n%%Page: 1 1\nshowpage\n",
    "document-letter.ps": b"%!PS\n%%Page: 1 1\nshowpage\n",
    "color.jpg": b"\xff\xd8\xff\xe0" + b"\0" * 300,
    "gray.jpg": b"\xff\xd8\xff\xe0" + b"\0" * 300,
}


def available() -> bool:
    """True when the program and its test files are installed."""
    return shutil.which("ipptool") is not None and (SHIPPED / "ipp-1.1.test").exists()


@dataclass
class Checks:
    """How often each check, by its name, ended in which way."""

    passed: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    said: str = ""


def unpack(directory: Path) -> Path:
    """The test files, and documents beside them."""
    for path in SHIPPED.glob("*.test"):
        shutil.copy(path, directory)
    for name, content in DOCUMENTS.items():
        (directory / name).write_bytes(content)
    return directory


async def check(uri: str, directory: Path, test: str) -> Checks:
    """Run one test file against a printer, to its end whatever fails on the way."""
    command = ("ipptool", "-tI", "-T", "30", "-f", "document-a4.pdf", uri, test)
    environment = {**os.environ, "LC_ALL": "C", "HOME": str(directory)}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=directory, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(SECONDS):
            said = (await process.communicate())[0].decode(errors="replace")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    checks = Checks(said=said)
    for name, result in CHECK.findall(said):
        into = {"PASS": checks.passed, "FAIL": checks.failed}.get(result)
        if into is not None:
            into[name] += 1
    return checks
