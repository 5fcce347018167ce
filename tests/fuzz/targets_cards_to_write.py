"""What a technician's tool and a new station read: the site's file, the signed manifest, partition tables, diskutil."""

import json
import plistlib
import re

from firmware.provisioning import firewall, site_file
from firmware.provisioning.errors import ProvisioningError
from tests.fuzz.target import Target, named, text
from tests.unit.flash.diskutil import CARD
from tests.unit.provisioning.rig import GOOD
from tools.flash import macos, manifest, partitions
from tools.flash.errors import FlashError
from tools.flash.manifest import Listed, Manifest

LISTED = Listed("station.img.zst", 5, "0" * 64, 512, "1" * 64)
TABLE = bytes(450) + b"\x0e" + bytes(3) + b"\0\x08\0\0" + b"\0\x80\0\0" + bytes(48) + b"\x55\xaa"


def _tables(data: bytes) -> object:
    """As a program that joins files has them."""
    tables = json.loads(data)
    return site_file.read_tables(tables if isinstance(tables, dict) else {})


def _networks(data: bytes) -> object:
    """As the file has them that the superuser makes rules of: such a rule says no word of the file's own."""
    said = text(data)
    rules = firewall.readers(said) + firewall.reach(said)
    assert not rules or re.fullmatch(r"[0-9a-f.:/\n]+", said, re.ASCII)
    return rules, firewall.parse(said), firewall.distinct(tuple(said.split("\n")))


TARGETS = (
    Target(
        "networks for the firewall",
        _networks,
        named("firmware.provisioning.firewall", "parse"),
        (),
        (b"192.0.2.0/24\n198.51.100.7/32\n", b"2001:db8::/64\n192.0.2.0/24\n", b"10.0.0.0/8\n" * 32),
    ),
    Target(
        "site's file",
        site_file.parse,
        named("firmware.provisioning.site_file", "parse", "parse_toml"),
        (ProvisioningError,),
        (GOOD.encode(), b"x = " + b"[" * 5000),
    ),
    Target(
        "site's tables",
        _tables,
        named("firmware.provisioning.site_file", "read_tables"),
        (ProvisioningError, ValueError, RecursionError),
        (b'{"mesh": {"url": "https://mesh:8443", "name": "lobby"}, "badges": {"readers": {"front": ["trim"]}}}',),
    ),
    Target(
        "release's manifest",
        manifest.parse,
        named("tools.flash.manifest", "parse"),
        (FlashError,),
        (manifest.written(Manifest("1.0", "2026-11-22", (LISTED,))),),
    ),
    Target(
        "partition table",
        partitions.site_partition,
        named("tools.flash.partitions", "parse_mbr"),
        (FlashError,),
        (TABLE,),
    ),
    Target(
        "diskutil's answer",
        macos.parse_plist,
        named("tools.flash.macos", "parse_plist"),
        (FlashError,),
        (plistlib.dumps(CARD), plistlib.dumps(CARD, fmt=plistlib.FMT_BINARY)),
    ),
)
