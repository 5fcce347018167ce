"""What deliveries are made with, and what one of them is about."""

from dataclasses import dataclass

from firmware.audit.port import Notebook
from firmware.core.wishes import AS_SUBMITTED, Wishes
from firmware.delivery.ledger import Ledger
from firmware.delivery.notary import Notary
from firmware.delivery.opening import Opening
from firmware.delivery.reports import Reports
from firmware.mesh.messages import Grant, HeldJob
from firmware.mesh.port import Mesh
from firmware.vault.manifest import Manifest
from hal.ports.clock import Clock
from hal.ports.converter import Converter
from hal.ports.printer import Capabilities, Printer, PrinterStatus
from hal.ports.workers import Workers


@dataclass(frozen=True, slots=True)
class Means:
    """The same for all deliveries of a station. `converter` makes pages for a printer that lacks a document's
    format."""

    mesh: Mesh
    printer: Printer
    ledger: Ledger
    reports: Reports
    opening: Opening
    workers: Workers
    clock: Clock
    record: Notebook
    converter: Converter
    notary: Notary


@dataclass(frozen=True, slots=True)
class Order:
    """One job to print under one grant, from `first_page` on and as its person wishes; its manifest is verified. `can`
    and `status` are what the printer said of itself just before the grant was asked for."""

    job: HeldJob
    manifest: Manifest
    grant: Grant
    can: Capabilities
    status: PrinterStatus
    first_page: int = 1
    wishes: Wishes = AS_SUBMITTED
