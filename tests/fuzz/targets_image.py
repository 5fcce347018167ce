"""What the builder of the boards' image reads: apt's and dpkg's words, a package's papers, a card's autoboot.txt."""

from tests.fuzz.target import Target, exhaust, named, text
from tools.image import autoboot, compare, gate, initramfs, licences, mirror, sbom, sockets, squash, table
from tools.image.errors import ImageError
from tools.image.layout import Slot

STATUS = b"Package: rauc\nStatus: install ok installed\nVersion: 1.13-1\nArchitecture: arm64\nDescription: x\n more\n"
METADATA = (
    b"Metadata-Version: 2.4\nName: Google_RE2\nVersion: 1.1\nLicense: BSD\nClassifier: License :: OSI :: MIT\n\nx"
)
COPYRIGHT = (
    b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+ or MIT\n"
)

TARGETS = (
    Target(
        "autoboot",
        autoboot.parse_autoboot,
        named("tools.image.autoboot", "parse_autoboot"),
        (ImageError,),
        (autoboot.Autoboot(Slot.A, Slot.B).text().encode(),),
    ),
    Target(
        "mirror",
        lambda data: mirror.parse_targets(text(data).splitlines()),
        named("tools.image.mirror", "parse_targets"),
        (ImageError,),
        (b"http://archive.example/debian/|bookworm|Debian\nhttp://s.example/|bookworm-security|Debian\n",),
    ),
    Target(
        "modules",
        lambda data: initramfs.parse_dependencies(text(data)),
        named("tools.image.initramfs", "parse_dependencies"),
        (),
        (b"kernel/a.ko.xz: kernel/b.ko.xz\nkernel/b.ko.xz:\n",),
    ),
    Target(
        "root-hash",
        lambda data: squash.parse_root_hash(text(data)),
        named("tools.image.squash", "parse_root_hash"),
        (ImageError,),
        (b"UUID: 1\nRoot hash:      \t%s\n" % (b"ab" * 32),),
    ),
    Target(
        "exposure",
        lambda data: gate.parse_exposure(text(data)),
        named("tools.image.gate", "parse_exposure"),
        (ImageError,),
        ("→ Overall exposure level for lockgate.service: 3.0 OK".encode(),),
    ),
    Target(
        "dpkg-status",
        lambda data: exhaust(sbom.parse_status(text(data))),
        named("tools.image.sbom", "parse_status"),
        (),
        (STATUS,),
    ),
    Target(
        "copyright",
        lambda data: licences.parse_copyright(text(data)),
        named("tools.image.licences", "parse_copyright"),
        (),
        (COPYRIGHT,),
    ),
    Target(
        "metadata",
        lambda data: sbom.parse_metadata(text(data)),
        named("tools.image.sbom", "parse_metadata"),
        (),
        (METADATA,),
    ),
    Target(
        "payload",
        compare.parse_payload,
        named("tools.image.compare", "parse_payload"),
        (ImageError,),
        (b"hsqs" + bytes(36) + b"\x00\x10" + bytes(60),),
    ),
    Target(
        "results",
        lambda data: table.parse_results(text(data)),
        named("tools.image.table", "parse_results"),
        (ImageError,),
        (b"[]", b'[{"file": "a.py", "test": "test_a", "board": "virt", "passed": true}]'),
    ),
    Target(
        "record",
        lambda data: sbom.parse_record(text(data)),
        named("tools.image.sbom", "parse_record"),
        (ImageError,),
        (b'a-1.dist-info/RECORD,,\n"a/b,c.py",sha256=x,1\n',),
    ),
    Target(
        "sockets",
        lambda data: sockets.parse_sockets(text(data)),
        named("tools.image.sockets", "parse_sockets"),
        (ImageError,),
        (b"  sl  local_address rem_address   st\n   0: 0100007F:21B7 00000000:0000 0A 0:0 0:0 0 0 0 1\n",),
    ),
)
"""For tests/fuzz/targets.py."""
