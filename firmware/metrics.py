"""What a site may watch of a station, in OpenMetrics 1.0: numbers and states, nothing of a person, badge or document.

Written by hand: ten lines of text need no library in the image; a test reads them with Prometheus's own parser."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from firmware.core.events import DeliveryEnded, Event
from firmware.core.machine import Core
from firmware.core.states import ServiceState
from firmware.reader_health import HealthBook
from firmware.updates.states import Phase

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
Post = Callable[[Event], None]
Labels = Mapping[str, str]


@dataclass(slots=True)
class Counted:
    """Deliveries by their outcome, since the start."""

    outcomes: dict[str, int] = field(default_factory=dict)

    def hearing(self, post: Post) -> Post:
        """`post`, with each end of a delivery counted first."""

        def heard(event: Event) -> None:
            if isinstance(event, DeliveryEnded):
                self.outcomes[event.outcome.value] = self.outcomes.get(event.outcome.value, 0) + 1
            post(event)

        return heard


@dataclass(frozen=True, slots=True)
class Watched:
    """What is asked at each reading. `phase` is that of an update, None where the box has no updater; `uptime` in
    seconds."""

    version: str
    core: Core
    readers: HealthBook
    counted: Counted
    phase: Callable[[], Phase | None]
    uptime: Callable[[], float]


def exposition(watched: Watched) -> str:
    """The whole text."""
    readers = watched.readers.counted
    misreads = [
        ({"reader": name, "code": code}, count)
        for name, health in readers.items()
        for code, count in health.misreads.items()
    ]
    outcomes = [({"outcome": name}, count) for name, count in watched.counted.outcomes.items()]
    phase = watched.phase()
    lines = [
        *_family("lockgate", "info", "The version that runs.", [({"version": watched.version}, 1)], "_info"),
        *_states("lockgate_service", "How the station stands.", ServiceState, watched.core.service),
        *_family("lockgate_uptime_seconds", "gauge", "Since the start.", [({}, round(watched.uptime(), 3))]),
        *_family("lockgate_queued", "gauge", "Jobs that wait for the printer.", [({}, watched.core.queued)]),
        *_family(
            "lockgate_reader_present", "gauge", "Whether it is there.", _of(readers, lambda one: int(one.present))
        ),
        *_family("lockgate_taps", "counter", "Badges read.", _of(readers, lambda one: one.taps), "_total"),
        *_family("lockgate_misreads", "counter", "Readings that were none.", misreads, "_total"),
        *_family("lockgate_reader_losses", "counter", "Readers lost.", _of(readers, lambda one: one.lost), "_total"),
        *_family("lockgate_deliveries", "counter", "Jobs by how they ended.", outcomes, "_total"),
        *(_states("lockgate_update", "How far an update is.", Phase, phase) if phase is not None else ()),
        "# EOF",
    ]
    return "\n".join(lines) + "\n"


def _of(readers: Mapping[str, object], value: Callable[..., int]) -> list[tuple[Labels, float]]:
    return [({"reader": name}, value(health)) for name, health in readers.items()]


def _family(name: str, kind: str, words: str, samples: Iterable[tuple[Labels, float]], suffix: str = "") -> list[str]:
    unit = [f"# UNIT {name} seconds"] if name.endswith("_seconds") else []
    head = [f"# TYPE {name} {kind}", *unit, f"# HELP {name} {words}"]
    return head + [f"{name}{suffix}{_labels(labels)} {value}" for labels, value in samples]


def _states(name: str, words: str, states: type[StrEnum], now: StrEnum) -> list[str]:
    return _family(name, "stateset", words, [({name: one.value}, int(one is now)) for one in states])


def _labels(labels: Labels) -> str:
    """Reader names are the site's own: escaped, they cannot end the text (OpenMetrics, ABNF `escaped-string`)."""
    if not labels:
        return ""
    escaped = {
        name: text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for name, text in labels.items()
    }
    return "{" + ",".join(f'{name}="{text}"' for name, text in escaped.items()) + "}"
