"""What is read of updates: RAUC's words, the station's record, the mesh's files and answers."""

import json

from firmware.mesh.decode import Fields, parse_json
from firmware.mesh.port import MeshProtocolError
from firmware.panel.address import AddressError, parse_metrics
from firmware.updates import mesh_source, quiet, record
from firmware.updates.quiet import WindowError
from firmware.updates.states import Record, UpdateError, Version
from hal.drivers import rauc_words
from hal.ports.installer import InstallerError
from tests.fuzz.target import Target, named, text
from tools.edgemesh.updates import kept
from tools.edgemesh.updates.kept import KeptError
from tools.edgemesh.updates.rollout import Bundle

STATUS = {
    "compatible": "lockgate-arm64",
    "booted": "A",
    "boot_primary": "rootfs.0",
    "slots": [{"rootfs.0": {"bootname": "A"}}, {"rootfs.1": {"bootname": "B"}}],
}
OFFER = {"bundle": "b" * 64, "version": "0.2.0", "compatible": "lockgate-arm64", "size": 5}
ROLLOUT = {"digest": "b" * 64, "stages": [{"percent": 5, "stations": ["lobby"], "most_failures": 1}], "halted": ""}
SEEN = {
    "station": "lobby", "at": "", "version": "0.1.0", "compatible": "x", "slot": "A", "phase": "none",
    "digest": "", "code": "", "faults": [],
}  # fmt: skip


def _said(value: object) -> bytes:
    return json.dumps(value).encode()


TARGETS = (
    Target(
        "RAUC's status",
        rauc_words.parse_slots,
        named("hal.drivers.rauc_words", "parse_slots"),
        (InstallerError,),
        (_said(STATUS),),
    ),
    Target(
        "RAUC's manifest",
        rauc_words.parse_manifest,
        named("hal.drivers.rauc_words", "parse_manifest"),
        (InstallerError,),
        (_said({"version": "0.2.0", "compatible": "lockgate-arm64"}),),
    ),
    Target(
        "RAUC's progress",
        lambda data: (rauc_words.parse_percent(text(data)), rauc_words.failure(text(data))),
        named("hal.drivers.rauc_words", "parse_percent"),
        (),
        (b" 40% Verifying signature done.", b"100% Installing failed."),
    ),
    Target(
        "update's record",
        record.read_record,
        named("firmware.updates.record", "read_record"),
        (UpdateError,),
        (record.encode_record(Record()),),
    ),
    Target(
        "update's window",
        lambda data: quiet.parse_window(text(data)),
        named("firmware.updates.quiet", "parse_window"),
        (WindowError,),
        (b"02:00-05:00",),
    ),
    Target(
        "metrics' address",
        lambda data: parse_metrics(text(data)),
        named("firmware.panel.address", "parse_metrics"),
        (AddressError,),
        (b"tcp:0.0.0.0:9632", b"unix:/run/lockgate/metrics.sock"),
    ),
    Target(
        "mesh's offer",
        lambda data: mesh_source.offer(Fields(parse_json(data), "answer")),
        (),
        (MeshProtocolError,),
        (_said({"offer": OFFER}), b"{}"),
    ),
    Target(
        "mesh's rollouts",
        kept.read_rollouts,
        named("tools.edgemesh.updates.kept", "read_rollouts"),
        (KeptError,),
        (_said({"rollouts": [ROLLOUT]}),),
    ),
    Target(
        "mesh's station",
        kept.read_seen,
        named("tools.edgemesh.updates.kept", "read_seen"),
        (KeptError,),
        (_said(SEEN),),
    ),
    Target(
        "bundle's description",
        kept.read_bundle,
        named("tools.edgemesh.updates.kept", "read_bundle"),
        (KeptError,),
        (kept.encode_bundle(Bundle("b" * 64, Version("0.2.0"), "lockgate-arm64", 5)),),
    ),
)
