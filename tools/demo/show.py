"""The demonstration itself: set up, submit, tap, watch, compare, search the disks."""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hal.drivers.file_key_store import open_directory
from tools.bench.cards import KEYS
from tools.demo import evidence, records
from tools.demo.printers import DemoPrinter, how_to_approve, printer
from tools.demo.processes import DemoError, Talker, mesh, station, submit
from tools.edgemesh.bootstrap import MadeMesh, make_mesh
from tools.edgemesh.cards.book import CardBook, KeptWithKeys, Policy
from tools.edgemesh.site import Site
from tools.peers import kinds
from tools.peers.reader import ReaderPeer
from tools.peers.spool import SpoolWatch

OUTCOME_SECONDS = 900.0
FIRST_BYTE_SECONDS = 1.0
BLOCKED = "printer-needs-you"

CONFIG = """\
readers = ["{reader}"]
[station]
data_dir = "{data}"
[mesh]
url = "{url}"
ca_file = "{keys}/ca.pem"
[identity]
keys = "file:{keys}"
[printer]
uri = "{printer}"
converter = "{converter}"
"""

PROVING = """\
[badges]
proof = true
"""
CARD = "04A1B2C3D4E5F6"
"""The UID of a card that proves itself."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Result:
    """What came of it. Times in milliseconds from the tap, memory in MiB; None where it cannot be known."""

    outcome: str
    code: str
    document: str
    bytes: int
    document_sha256: str
    delivered_sha256: str | None
    tap_to_list_ms: float | None
    tap_to_first_byte_ms: float | None
    tap_to_printed_ms: float | None
    station_peak_rss_mib: float | None
    printer: str
    plaintext_found_on_disk: int
    records_whole: bool
    record_entries: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def is_good(self) -> bool:
        same = self.delivered_sha256 in (None, self.document_sha256)
        return self.outcome == "printed" and same and not self.plaintext_found_on_disk and self.records_whole


def configuration(
    directory: Path, made: MadeMesh, url: str, printer_uri: str, reader_uri: str = "sim:", *, converter: str = "none:"
) -> Path:
    """A station's configuration file in `directory`, beside its data. The reader `sim:` is typed."""
    data = directory / "station"
    data.mkdir(mode=0o700)
    path = directory / "lockgate.toml"
    devices = {"printer": printer_uri, "reader": reader_uri, "converter": converter}
    path.write_text(CONFIG.format(data=data, url=url, keys=made.station, **devices))
    return path


def ask_for_proofs(site: Site) -> None:
    """Give a mesh that is not running the key of its cards, and let in nobody without one."""
    book = CardBook(KeptWithKeys(open_directory(site.path("vault"))))
    book.keep(book.add("campus", KEYS))
    book.keep(book.set_policy(Policy.PROOF))


@dataclass(frozen=True)
class Scene:
    """Everything that runs."""

    made: MadeMesh
    url: str
    printer: DemoPrinter
    station: Talker
    reader: ReaderPeer | None = None

    def tap(self) -> float:
        """Present the badge; the monotonic time just before."""
        if self.reader is None:
            return self.station.tell(f"tap {self.made.badge}")
        now = time.monotonic()
        self.reader.tap(self.made.badge)
        return now


class Show:
    """Demonstrations in `directory`; `tell` is handed each line of the story. Its parts run until the context ends."""

    def __init__(self, directory: Path, tell: Tell) -> None:
        self.directory = directory
        self.tell = tell
        self._stack = ExitStack()

    def __enter__(self) -> "Show":
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def set_up(self, own_printer: str | None, reader: str = kinds.TYPED) -> "Scene":
        """Start every part. Raises `DemoError` when one does not come up."""
        made = self._organisation(proves=kinds.proves(reader))
        url = self._stack.enter_context(mesh(made.site.directory))
        self.tell(f"the edge mesh answers at {url} (TLS 1.3, both sides show certificates)")
        chosen = self._stack.enter_context(printer(own_printer, self.directory))
        self.tell(f"the printer: {chosen.kind}")
        peer = self._stack.enter_context(kinds.reader(reader))
        self.tell(f"the reader: {kinds.described(reader)}")
        reading = peer.uri if peer else "sim:"
        config = configuration(self.directory, made, url, chosen.uri, reading, converter=chosen.converter)
        if kinds.proves(reader):
            config.write_text(config.read_text() + PROVING)
        running = self._stack.enter_context(station(config, peer, chosen.command, chosen.environment))
        self.tell("the station is ready")
        return Scene(made, url, chosen, running, peer)

    def _organisation(self, *, proves: bool) -> MadeMesh:
        directory, name = self.directory / "site", "demo.lockgate"
        made = make_mesh(directory, name, badge=CARD) if proves else make_mesh(directory, name)
        self.tell("an organisation: a CA, three key holders, one station, one laptop, one person with a badge")
        if proves:
            ask_for_proofs(made.site)
            self.tell("its mesh holds the key of its cards and lets in only who proves to have one (policy `proof`)")
        return made

    def submit(self, scene: "Scene", document: Path) -> None:
        """Seal on the laptop and hold in the mesh."""
        submit(document, scene.made.client, scene.url, "--user", scene.made.user)
        self.tell(f"{document.name} ({document.stat().st_size} bytes) was sealed on the laptop: ciphertext is held")

    def release(self, scene: "Scene", document: Path) -> Result:
        """Tap, and watch what becomes of the document that was submitted last. Raises `DemoError` for a printer whose
        key nobody approved."""
        chosen, running, made = scene.printer, scene.station, scene.made
        watch = SpoolWatch(chosen.spool) if chosen.spool else None
        tapped = scene.tap()
        self.tell("tap!")
        marks = dict(self._marks(running, tapped))
        first = watch.wait(FIRST_BYTE_SECONDS) if watch else None
        memory = self._memory(running)
        if watch:
            watch.close()
        outcome, code = _ending(marks["ended"][1])
        found = self._search(document, made)
        reports = records.verified(made.site, self.directory / "station")
        if code == BLOCKED and (blocking := _blocking(running)):
            code = f"{code} ({blocking})"
            if blocking == "printer-untrusted":
                raise DemoError(how_to_approve(chosen.uri))
        return Result(
            outcome=outcome,
            code=code,
            document=document.name,
            bytes=document.stat().st_size,
            document_sha256=sha256(document),
            delivered_sha256=self._delivered(chosen) if outcome == "printed" else None,
            tap_to_list_ms=_ms(marks.get("listed"), tapped),
            tap_to_first_byte_ms=_ms((first, "") if first else marks.get("sending"), tapped),
            tap_to_printed_ms=_ms(marks["ended"], tapped) if outcome == "printed" else None,
            station_peak_rss_mib=memory,
            printer=chosen.kind,
            plaintext_found_on_disk=found,
            records_whole=all(report.ok for report in reports),
            record_entries=sum(report.entries for report in reports),
        )

    def _marks(self, running: Talker, tapped: float) -> Iterator[tuple[str, tuple[float, str]]]:
        """The journal's turning points, each told as it comes."""
        while True:
            said = running.wait_for(lambda item: "line" in item, OUTCOME_SECONDS)
            line, at = str(said["line"]), float(said["at"])
            when = f"{(at - tapped) * 1000:8.1f} ms" if at >= tapped else " before it"
            self.tell(f"  {when}  {line}")
            if " listed" in line:
                yield "listed", (at, line)
            elif line.startswith("delivery ") and line.endswith(" sending"):
                yield "sending", (at, line)
            if _is_end(line):
                yield "ended", (at, line)
                return

    def _delivered(self, chosen: DemoPrinter) -> str | None:
        path = chosen.delivered()
        if path is None:
            return None
        shutil.copyfile(path, self.directory / "delivered")
        return sha256(path) if chosen.converter == "none:" else None

    def _memory(self, running: Talker) -> float:
        running.tell("memory")
        return round(float(running.wait_for(lambda said: "peak_rss_mib" in said)["peak_rss_mib"]), 1)

    def _search(self, document: Path, made: MadeMesh) -> int:
        pieces = evidence.samples(document)
        places = (made.site.directory, made.station, self.directory / "station")
        found = [path for place in places for path in evidence.found_in(place, pieces)]
        self.tell(f"searched all that mesh and station wrote for the document's bytes: {len(found)} files hold any")
        return len(found)


def _ending(line: str) -> tuple[str, str]:
    """Outcome and code of a line such as `delivery 1 held: printer-jam after 2 impressions`, or of a visit's end."""
    if not line.startswith("delivery "):
        return "refused", line
    outcome, _, code = line.split(" ", 2)[2].partition(": ")
    return outcome, code


def _blocking(running: Talker) -> str:
    """For what the printer needed a person, as the station said last."""
    said = [str(item["line"]) for item in running.said if "printer needs a person: " in str(item.get("line", ""))]
    return said[-1].partition(": ")[2].partition(" ->")[0] if said else ""


def _is_end(line: str) -> bool:
    if line.startswith("delivery "):
        return line.partition(":")[0].partition(" after ")[0].endswith((" printed", " held", " gone", " unknown"))
    return line.startswith(("refused ", "no jobs", "list failed"))


def _ms(mark: tuple[float, str] | None, tapped: float) -> float | None:
    return None if mark is None else round((mark[0] - tapped) * 1000, 1)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
