"""Writes the envelope vectors: `python -m tests.vectors.make_envelope`. The same files come out every time."""

import base64
import json
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from firmware.vault.manifest import encode
from tests.vectors import envelope_bodies, envelope_boxes, envelope_manifests, envelope_previews, envelope_receipts
from tests.vectors.envelope_world import World, make_world

DIRECTORY = Path(__file__).parent / "envelope"
WORLD = "world.toml"


def render() -> dict[str, str]:
    """Every file's text by its name."""
    world = make_world()
    cases = (
        envelope_boxes.parts_cases()
        | envelope_boxes.box_cases(world)
        | envelope_boxes.release_cases(world)
        | envelope_previews.cases(world)
        | envelope_manifests.cases(world)
        | envelope_receipts.cases(world)
        | envelope_bodies.cases()
    )
    files = {f"{name}.toml": toml(case) for name, case in cases.items()}
    return files | {WORLD: _world(world)}


def toml(fields: dict[str, object]) -> str:
    """One line a field; text with quotes in it stands in single ones, so that JSON stays readable."""
    return "".join(f"{name} = {_value(value)}\n" for name, value in fields.items())


def _value(value: object) -> str:
    if isinstance(value, str) and '"' in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def _world(world: World) -> str:
    """What cases name instead of repeating: CAs, chains, the station's box key, the good manifest."""
    lines = ["# CAs and chains are base64 of DER, chains leaf first.", "[ca]"]
    lines += [
        f"{name} = {_value(_base64(ca.certificate.public_bytes(Encoding.DER)))}" for name, ca in world.cas.items()
    ]
    lines += ["", "[chain]"]
    lines += [f"{name} = {_value([_base64(der) for der in chain])}" for name, chain in world.chains.items()]
    lines += ["", "[release]", f"box_private_key = {_value(world.holders['station'].box_private.hex())}"]
    return "\n".join([*lines, f"manifest = {_value(encode(world.manifest).decode())}", ""])


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def main() -> None:
    """Write what differs and remove what is no longer a case."""
    files = render()
    for old in DIRECTORY.glob("*.toml"):
        if old.name not in files:
            old.unlink()
    for name, text in files.items():
        (DIRECTORY / name).write_text(text)


if __name__ == "__main__":
    main()
