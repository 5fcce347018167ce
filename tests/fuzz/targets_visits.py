"""What a visit brings: previews as roles tell each other, a phone's forms and codes, what a site says of screens."""

import json
import tomllib
from datetime import UTC

from firmware.panel.accepted import parse_accepted
from firmware.vault.station_code import StationCode, StationCodeError, parse_code
from tests.fuzz.target import Target, named, text
from tests.fuzz.world import JOB, SEALED, STATION
from tests.support.octets import b64
from tests.support.pki import NOW, ORG
from tools.edgemesh import looking_shapes, statements
from tools.edgemesh.interface import shapes
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.phones import listener
from tools.edgemesh.site_screen import read_phone, read_screen

LOOK = json.dumps(
    {
        "v": 1,
        "org_id": ORG,
        "job_ids": [JOB],
        "session": f"s-{'0' * 32}",
        "station_id": "station-1",
        "nonce": "0" * 16,
        "asked_at": "2026-01-05T09:00:00Z",
    }
).encode()
SHOWN = {name: b64(b"x") for name in ("request", "request_signature", "session_statement", "session_signature")}
LOOKING = json.dumps(
    SHOWN
    | {"chain": [b64(b"x")], "session_chain": [b64(b"x")], "delegations": []}
    | {"manifests": [{"manifest": b64(SEALED.manifest_raw), "signature": b64(b"x"), "chain": [b64(b"x")]}]}
).encode()
SEEN = json.dumps({"boxes": [{"job": JOB, "box": b64(b"x")}], "refused": [{"job": JOB, "code": "not-owner"}]}).encode()
SCREEN = b'titles = false\nlanguages = ["en", "pt-BR"]\ncurrency = "EUR"\ngrey_side = 3\ncolour_side = 12\n'
PHONE = b'url = "https://print.example:8444"\nlisten = "[::]:8444"\ncertificate = "chain.pem"\nkey = "key.pem"\n'
CODE = StationCode("station-1", NOW.astimezone(UTC), bytes(8)).signed(ORG, STATION.signer.sign).text().encode()


def _table(data: bytes) -> dict[str, object]:
    return tomllib.loads(data.decode())


TARGETS = (
    Target(
        "preview request",
        statements.parse_previews,
        named("tools.edgemesh.statements", "parse_previews"),
        (Problem,),
        (LOOK,),
    ),
    Target(
        "looking",
        lambda data: looking_shapes.read_looking(shapes.decode(data)),
        named("tools.edgemesh.looking_shapes", "read_looking"),
        (Problem,),
        (LOOKING,),
    ),
    Target(
        "manifests to look at",
        lambda data: looking_shapes.read_manifests(shapes.decode(data)),
        named("tools.edgemesh.looking_shapes", "read_manifests"),
        (Problem,),
        (LOOKING,),
    ),
    Target(
        "boxes of previews",
        lambda data: looking_shapes.read_seen(shapes.decode(data)),
        named("tools.edgemesh.looking_shapes", "read_seen"),
        (Problem,),
        (SEEN,),
    ),
    Target(
        "station code",
        lambda data: parse_code(text(data)),
        named("firmware.vault.station_code", "parse_code"),
        (StationCodeError,),
        (CODE,),
    ),
    Target(
        "phone's form",
        listener.parse_form,
        named("tools.edgemesh.phones.listener", "parse_form"),
        (ValueError,),
        (b"user=ada&pin=271828&code=", b"code=%41&code=b"),
    ),
    Target(
        "accepted languages",
        lambda data: parse_accepted(text(data)),
        named("firmware.panel.accepted", "parse_accepted"),
        (),
        (b"de-CH,de;q=0.9,*;q=0.1", b"en"),
    ),
    Target(
        "site's screens",
        lambda data: read_screen(_table(data)),
        named("tools.edgemesh.site_screen", "read_screen"),
        (ValueError, RecursionError),
        (SCREEN, b""),
    ),
    Target(
        "site's page for phones",
        lambda data: read_phone(_table(data)),
        named("tools.edgemesh.site_screen", "read_phone"),
        (ValueError, RecursionError),
        (PHONE, b""),
    ),
)
