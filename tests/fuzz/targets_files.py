"""What is read from a disk or a command: configuration, provisioning, keys, the ledger, URIs."""

import tempfile
import zlib
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from firmware import config
from firmware.audit.forward import SyslogError
from firmware.audit.syslog_tls import SyslogAddress
from firmware.config import ConfigError
from firmware.delivery import records
from firmware.delivery.records import Entry
from firmware.mesh import tls
from firmware.mesh.port import MeshProtocolError
from firmware.mesh.tls import IdentityUnusableError
from firmware.mesh.transport import require_https
from firmware.pairing import provisioning
from firmware.pairing.errors import PairingError
from firmware.panel.address import AddressError, parse_panel, parse_technician
from firmware.vault.signing import SignatureError, Signer
from hal.drivers import printer_address, sealing, tpm_key_store, uri
from hal.drivers.tpm import Wrapped
from hal.ports.errors import DeviceConfigError, DeviceError
from tests.fuzz.target import Target, named, text
from tests.fuzz.world import PKI, STATION
from tools.edgemesh import site
from tools.edgemesh.ca import Ca, CaError, chain_pem
from tools.edgemesh.clock import KeptInFile
from tools.edgemesh.people import people_csv
from tools.edgemesh.site import SiteError
from tools.submit import cli as submit_words
from tools.submit import delegate, membership, profile, receipts
from tools.submit.errors import SubmitError

CONFIG = b"""\
readers = ["serial:///dev/ttyUSB0?baud=9600"]
[station]
data_dir = "/var/lib/lockgate"
[mesh]
url = "https://mesh.example:8443"
[identity]
keys = "file:/var/lib/lockgate/keys"
[printer]
uri = "ipps://printer.example/ipp/print"
"""
PROVISIONING = b"""\
[mesh]
url = "https://mesh.example:8443"
ca_fingerprint = "sha256:%s"
token = "%s"
kind = "client"
name = "laptop"
users = ["ada"]
""" % (b"0" * 64, b"A" * 43)
SITE = b"""\
org_id = "acme.example"
nodes = ["node-1"]
hosts = ["localhost"]
replicas = 1
max_job_bytes = 1000
node_bytes = 1000
[urls]
vault = "https://mesh.example:8443"
"""
DEEP = b"x = " + b"[" * 5000
PEOPLE = b'user,language,badge,pin,stations,auto_release\r\nada,en,04A1B2C3,,lobby,yes\r\n"b,ob",,,,,no\r\n'
LEDGER = records.encode(Entry("r-1", "j-1", 1)).split(b" ", 1)[1].rstrip(b"\n")


def _in_file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """For what reads files only."""

    def call(data: bytes) -> object:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / name
            path.write_bytes(data)
            return read(path)

    return call


def _configured(path: Path) -> object:
    return config.load(path, {})


def _site(path: Path) -> object:
    return site.read_site(path.parent)


def _profile(path: Path) -> object:
    return profile._configured_url(path.parent)


def _clock(path: Path) -> object:
    return KeptInFile(path).read()


def _words(parse: Callable[[list[str]], object], *first: str) -> Callable[[bytes], object]:
    """For a command line, one word a line; argparse ends the program, in words on stderr."""

    def call(data: bytes) -> object:
        with redirect_stderr(StringIO()), redirect_stdout(StringIO()):
            return parse([*first, *text(data).split("\n")])

    return call


def _ledger(data: bytes) -> object:
    """Behind a checksum that is right, and as it came."""
    line = b"%08x %s\n" % (zlib.crc32(data), data)
    records.read(data)
    return records.read(line + data)


def _uri(data: bytes) -> object:
    parsed = uri.parse(text(data), ("baud", "end", "name"))
    return parsed.whole("baud", 9600)


def _network_uri(data: bytes) -> object:
    return uri.parse_network(text(data), ("end", "from", "name"))


def _ca_files(data: bytes) -> object:
    return Ca.load(data, PKI.ca.private_key_pem)


def _ca_key(data: bytes) -> object:
    return Ca.load(PKI.ca.certificate_pem, data)


def _chain(data: bytes) -> object:
    return [tls.validity(der) for der in tls.chain_der(data)]


TARGETS = (
    Target("configuration", _in_file("lockgate.toml", _configured), (), (ConfigError,), (CONFIG, DEEP)),
    Target(
        "provisioning file",
        provisioning.parse,
        named("firmware.pairing.provisioning", "parse"),
        (PairingError,),
        (PROVISIONING,),
    ),
    Target(
        "site",
        _in_file("mesh.toml", _site),
        named("tools.edgemesh.site", "read_site"),
        (SiteError,),
        (SITE, SITE.replace(b"= 1\n", b"= inf\n"), b"urls = 5\n" + SITE[: SITE.index(b"[urls]")], DEEP),
    ),
    Target("profile's URL", _in_file("mesh.toml", _profile), (), (SubmitError,), (b'url = "https://mesh:8443"',)),
    Target(
        "clock's file",
        _in_file("clock", _clock),
        named("tools.edgemesh.clock", "KeptInFile.read"),
        (),
        (b"2026-01-01T00:00:00Z\n",),
    ),
    Target(
        "submit's words",
        _words(submit_words.parse),
        named("tools.submit.cli", "parse"),
        (SystemExit,),
        (b"--copies\n2\n--title\na title\n--sides\none-sided\n--\nREADME.md",),
    ),
    Target(
        "pair's words",
        _words(membership.parse, "pair"),
        named("tools.submit.membership", "parse"),
        (SystemExit,),
        (b"--mesh\nhttps://mesh:8443\n--name\nlaptop\n--user\nada",),
    ),
    Target(
        "delegate's words",
        _words(delegate.parse),
        named("tools.submit.delegate", "parse"),
        (SystemExit,),
        (b"--to\nbob\n--until\n2030-01-01", b"--list"),
    ),
    Target(
        "receipt's words",
        _words(receipts.parse),
        named("tools.submit.receipts", "parse"),
        (SystemExit,),
        (b"01900000-0000-7000-8000-000000000000\n--out\nreceipt.json",),
    ),
    Target("people's CSV", people_csv.parse, named("tools.edgemesh.people.people_csv", "parse"), (), (PEOPLE,)),
    Target(
        "ledger",
        _ledger,
        named("firmware.delivery.records", "read"),
        (),
        (LEDGER, b"5", LEDGER.replace(b'"r-1"', b"[]"), records.encode(Entry("r-1", "j-1", 1))),
    ),
    Target(
        "device URI",
        _uri,
        named("hal.drivers.uri", "parse"),
        (DeviceConfigError,),
        (b"serial:///dev/ttyUSB0?baud=9600", b"file:/var/lib/keys"),
    ),
    Target(
        "network device's URI",
        _network_uri,
        named("hal.drivers.uri", "parse_network"),
        (DeviceConfigError,),
        (b"tcp://reader.example:2001?end=cr", b"tcp-listen://[fe80::2%25eth0]:2001?from=fe80::1"),
    ),
    Target(
        "printer's URI",
        lambda data: printer_address.parse(text(data)),
        named("hal.drivers.printer_address", "parse"),
        (DeviceConfigError,),
        (b"ipps://printer:631/ipp/print?pin=sha256:" + b"0" * 64, b"ipp://[::1]/"),
    ),
    Target(
        "pin",
        lambda data: printer_address.parse_pin(text(data)),
        named("hal.drivers.printer_address", "parse_pin"),
        (ValueError,),
        (b"sha256:" + b"0" * 64,),
    ),
    Target(
        "syslog's URL",
        lambda data: SyslogAddress.parse(text(data)),
        named("firmware.audit.syslog_tls", "SyslogAddress.parse"),
        (SyslogError,),
        (b"tls://log:6514?ca=/ca.pem",),
    ),
    Target(
        "panel's address",
        lambda data: parse_panel(text(data)),
        named("firmware.panel.address", "parse_panel"),
        (AddressError,),
        (b"tcp:127.0.0.1:8631", b"unix:/run/lockgate/panel.sock", b"tcp:[::1]:0"),
    ),
    Target(
        "technician's address",
        lambda data: parse_technician(text(data)),
        named("firmware.panel.address", "parse_technician"),
        (AddressError,),
        (b"tls:192.0.2.7:8632", b"unix:/run/lockgate/technician.sock"),
    ),
    Target("mesh's URL", lambda data: require_https(text(data)), (), (MeshProtocolError,), (b"https://mesh:8443/v1",)),
    Target(
        "key-encryption key",
        sealing.parse_key,
        named("hal.drivers.sealing", "parse_key"),
        (ValueError,),
        (bytes(32), b"A" * 43 + b"=\n"),
    ),
    Target(
        "TPM's blob",
        tpm_key_store.decode,
        named("hal.drivers.tpm_key_store", "decode"),
        (DeviceError,),
        (tpm_key_store.encode(Wrapped(b"\x00\x04abcd", b"\x00\x02ab")),),
    ),
    Target("identity key", Signer, (), (SignatureError,), (STATION.key_pem,)),
    Target("certificate chain", _chain, (), (IdentityUnusableError,), (chain_pem(STATION.chain),)),
    Target("CA's certificate", _ca_files, (), (CaError,), (PKI.ca.certificate_pem,)),
    Target("CA's key", _ca_key, (), (CaError,), (PKI.ca.private_key_pem,)),
)
