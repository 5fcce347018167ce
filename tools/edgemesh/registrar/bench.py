"""What all of the registrar's decisions work with."""

import asyncio
from dataclasses import dataclass, field

from firmware.audit.port import Audit
from hal.ports.clock import Clock
from tools.edgemesh.registrar.certifier import Certifier
from tools.edgemesh.registrar.denybook import DenyBook
from tools.edgemesh.registrar.store import MemberStore


@dataclass(frozen=True, slots=True)
class Bench:
    """One for a registrar. Whatever changes members holds `changing` meanwhile: decisions come one after the other,
    although each waits for its record."""

    store: MemberStore = field(repr=False)
    denybook: DenyBook = field(repr=False)
    certifier: Certifier = field(repr=False)
    audit: Audit = field(repr=False)
    clock: Clock = field(repr=False)
    changing: asyncio.Lock = field(repr=False)
