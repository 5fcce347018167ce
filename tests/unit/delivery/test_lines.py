"""A ledger's line whose sum is right and whose fields are not of their kind is nobody's."""

import json
import zlib
from dataclasses import asdict

import pytest

from firmware.delivery.records import Entry, encode, read


@pytest.mark.parametrize(
    "wrong", [{"fence": "1"}, {"printer_job": "7"}, {"told": 1}, {"pages": 1.5}, {"receipt": None}, {"copies": None}]
)
def test_a_field_of_another_kind_is_damage(wrong: dict[str, object]) -> None:
    entry = Entry("r-1", "j-1", 1)
    text = json.dumps(asdict(entry) | wrong).encode()
    found = read(b"%08x %s\n" % (zlib.crc32(text), text))
    assert (found.entries, found.damaged, found.torn) == ({}, 1, False)
    assert list(read(encode(entry)).entries.values()) == [entry]
