"""`lockgate doctor`: how the box does, from what it kept and what the machine shows. The station may run."""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmware.auditing import MakeCommand
from firmware.config import Config
from firmware.technician.hints import hint
from hal.ports.finding import Finding

if TYPE_CHECKING:
    from firmware.reader_health import ReaderHealth

Findings = Callable[[Config], tuple[Finding, ...]]
EXIT_FOUND = 1


@dataclass(frozen=True, slots=True)
class Checkup:
    """What there is to say: of each reader, as it was counted `as_of` then, and of what stands in its way."""

    readers: "Mapping[str, ReaderHealth]"
    findings: tuple[Finding, ...]
    as_of: str = ""

    @property
    def is_well(self) -> bool:
        """Nothing serious stands in the way of a device, and no reader is lost. Misreads happen."""
        serious = any(finding.serious for finding in self.findings)
        return not serious and all(reader.present for reader in self.readers.values())

    def json(self) -> str:
        """One JSON object."""
        readers = {name: asdict(health) for name, health in self.readers.items()}
        found = [asdict(finding) for finding in self.findings]
        return json.dumps({"ok": self.is_well, "as_of": self.as_of, "readers": readers, "findings": found})

    def lines(self) -> str:
        """For a person."""
        said = [line for name, health in self.readers.items() for line in _reader(name, health)]
        if said:
            said.append(f"as of {self.as_of}; a station that runs writes its counts a minute after a trouble at most")
        for finding in self.findings:
            said.append(f"{'!' if finding.serious else '-'} {finding.device}: {finding.problem}")
            said += [f"    {finding.remedy}"] if finding.remedy else []
        return "\n".join(said or ["nothing was counted yet: the station has not run"])


def _reader(name: str, health: "ReaderHealth") -> list[str]:
    state = "there" if health.present else f"LOST since {health.last_lost}"
    lines = [f"{name}: {state}; {health.taps} taps, {sum(health.misreads.values())} misreads, lost {health.lost} times"]
    for code, count in sorted(health.misreads.items(), key=lambda item: -item[1]):
        last = f", the last at {health.last_misread}" if code == health.last_code else ""
        lines += [f"  {code}: {count}{last}", f"    {hint(code)}"]
    return lines


def add_doctor(commands: Any, make: MakeCommand, findings: Findings) -> None:
    """The command's arguments; `findings` looks at the machine, and asks the printer."""

    def doctor(config: Config, options: argparse.Namespace) -> int:
        found = checkup(config, findings)
        _print(found.json() if options.json else found.lines())
        return 0 if found.is_well else EXIT_FOUND

    command = make(
        commands, "doctor", doctor, "say how readers and printer do, what goes wrong, and what to do about it"
    )
    command.add_argument("--json", action="store_true", help="one JSON object on stdout")


def checkup(config: Config, findings: Findings) -> Checkup:
    """Raises `DeviceConfigError`, `StorageError`."""
    from firmware.reader_health import HealthError, kept_health  # noqa: PLC0415 - `--help` and a wrong file must answer at once
    from firmware.status import Looking  # noqa: PLC0415 - as above

    found = findings(config)
    try:
        kept = kept_health(Looking(Path(config.data_dir)))
    except HealthError as exc:
        return Checkup({}, (*found, Finding(exc.code, exc.detail, "nothing: counting begins anew at the next start")))
    return Checkup(kept.readers, found, kept.as_of)


def _print(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - the answer asked for
