"""All that the doctor looks at beside readers and printer: machine, identity, mesh, panel."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from firmware.config import Config
from firmware.errors import LockgateError
from firmware.joining import settled
from firmware.status import status
from firmware.technician.machine import Machine
from firmware.technician.panel_checkup import panel_findings
from firmware.technician.standing import Moment, reach, standing
from hal.ports.errors import DeviceError
from hal.ports.finding import Finding
from hal.ports.key_store import KeyStore

SEE = "see lockgate status, and docs/errors.md"


def look_around(config: Config, open_keys: Callable[[Config], KeyStore], moment: Moment) -> tuple[Finding, ...]:
    """Asks the mesh once; takes some seconds where it does not answer."""
    identity = tuple(_identity(config, open_keys, moment))
    return (*Machine(Path(config.data_dir)).findings(), *identity, *panel_findings(config))


def board_time() -> Moment:
    """By this board's calendar."""
    return Moment(datetime.now(UTC))


def _identity(config: Config, open_keys: Callable[[Config], KeyStore], moment: Moment) -> Iterator[Finding]:
    try:
        keys = open_keys(config)
        found = status(config, keys)
        ca_pem = settled(config, keys).ca_pem if found.paired else b""
    except (LockgateError, DeviceError) as exc:
        yield Finding("certificate", str(exc), SEE)
        return
    yield from standing(found, moment)
    yield reach(found, ca_pem, keys)
