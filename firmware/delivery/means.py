"""What deliveries are made with, and what one of them is about."""

from dataclasses import dataclass

from firmware.audit.port import Notebook
from firmware.delivery.ledger import Ledger
from firmware.delivery.opening import Opening
from firmware.delivery.reports import Reports
from firmware.mesh.messages import Grant, HeldJob
from firmware.mesh.port import Mesh
from firmware.vault.manifest import Manifest
from hal.ports.clock import Clock
from hal.ports.printer import Printer
from hal.ports.workers import Workers


@dataclass(frozen=True, slots=True)
class Means:
    """The same for all deliveries of a station."""

    mesh: Mesh
    printer: Printer
    ledger: Ledger
    reports: Reports
    opening: Opening
    workers: Workers
    clock: Clock
    record: Notebook


@dataclass(frozen=True, slots=True)
class Order:
    """One job to print under one grant; its manifest is verified."""

    job: HeldJob
    manifest: Manifest
    grant: Grant
