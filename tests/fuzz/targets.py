"""The one list of every parser of ours. A new parser needs a line in one of the parts, or a reason here."""

from tests.fuzz import (
    targets_badges,
    targets_cards,
    targets_cards_to_write,
    targets_documents,
    targets_files,
    targets_image,
    targets_printers,
    targets_readers,
    targets_spoken,
    targets_tags,
    targets_updates,
    targets_usb,
    targets_visits,
    targets_wire,
)
from tests.fuzz.target import Target

TARGETS: tuple[Target, ...] = (
    *targets_documents.TARGETS,
    *targets_wire.TARGETS,
    *targets_printers.TARGETS,
    *targets_files.TARGETS,
    *targets_image.TARGETS,
    *targets_readers.TARGETS,
    *targets_spoken.TARGETS,
    *targets_tags.TARGETS,
    *targets_badges.TARGETS,
    *targets_cards.TARGETS,
    *targets_cards_to_write.TARGETS,
    *targets_updates.TARGETS,
    *targets_usb.TARGETS,
    *targets_visits.TARGETS,
)

_STORE = "gives back the bytes of a file or a socket as they are: what reads them is a target"
_PORT = "a port, without code"
_OWN = "reads a file that only this program writes, with permissions of its owner alone"

REASONS = {
    "firmware.reader_health.Reading.read": _PORT,
    "firmware.audit.log.AuditLog.read_after": _STORE,
    "firmware.mesh.bulk.BulkConnection.read": _STORE,
    "firmware.status.Looking.read": _STORE,
    "hal.drivers.file_storage.FileStorage.read": _STORE,
    "hal.drivers.safe_directory.SafeDirectory.read": _STORE,
    "hal.drivers.tls_channel.Channel.read_into": _STORE,
    "hal.drivers.printer_login.read_secret": _STORE,
    "hal.drivers.printer_login.read_login": "reads one line that the administrator wrote, and a test knows every kind",
    "hal.drivers.serial_reader.SerialWire.read": _STORE,
    "hal.drivers.socket_wire.SocketWire.read": _STORE,
    "hal.drivers.stream_reader.Wire.read": _PORT,
    "firmware.updates.blocks.Blocks.read": _STORE,
    "firmware.updates.record.Reading.read": _PORT,
    "tools.edgemesh.audits.KeptAudit.read_after": _STORE,
    "tools.edgemesh.audits.RoleAudit.read_after": _STORE,
    "tools.edgemesh.audits.UnsignedAudit.read_after": _STORE,
    "tools.edgemesh.storage.bodies.FileBody.read": _STORE,
    "tools.edgemesh.administration.on_audit.read_record": "reads by audit entry, which is a target",
    "tools.edgemesh.clock.KeptTime.read": _PORT,
    "tools.edgemesh.interface.exchange.OpenBody.read": _PORT,
    "tools.edgemesh.storage.memory_bodies.MemoryBody.read": _STORE,
    "tools.edgemesh.storage.memory_updates.MemoryFiles.read": _STORE,
    "tools.edgemesh.people.badges.read_keys": _OWN,
    "tools.edgemesh.keys.read": _OWN,
    "firmware.provisioning.medium.Medium.read": _STORE,
    "tools.flash.source.read_manifest": "reads two files; what they say is a target",
    "tools.flash.target.Target.read_back": _STORE,
    "tools.edgemesh.cli.parse": "the administrator's own command line, read by argparse",
}
"""Functions named like parsers that are none, or that are tried by another's target."""
