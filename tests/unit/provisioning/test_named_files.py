"""The files that a site's configuration names (password, key, certificates), as the station's own readers take them."""

import ssl
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from firmware.__main__ import main
from firmware.audit.syslog_tls import SyslogAddress
from firmware.config import Config, load
from firmware.provisioning import certificates
from firmware.provisioning.errors import ProvisioningError
from firmware.provisioning.site_file import parse, require_devices
from hal.drivers import printer_address
from hal.drivers.printer_login import read_login
from hal.drivers.printer_trust import PrinterTrust
from hal.named import require_named
from tests.unit.provisioning.papers import FROM, LOG_CA, OWN, OWN_KEY, PRINTER_CA, UNTIL, certificate, key, pem
from tests.unit.provisioning.rig import GOOD, PASSWORD, SECRETS, Site

PKCS_1 = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01"
"""1.2.840.113549.1.1: what signs by RSA; 5 is with SHA-1, 11 with SHA-256."""


@dataclass(frozen=True, slots=True)
class Applied:
    site: Site
    config: Config

    @property
    def folder(self) -> Path:
        return self.site.data / "site" / "station"


@pytest.fixture
def applied(tmp_path: Path) -> Applied:
    odd = tmp_path / "a+b &c"
    odd.mkdir()
    site = Site(odd)
    site.apply()
    return Applied(site, load(site.data / "lockgate.toml", {}))


def refusal(text: str) -> ProvisioningError:
    with pytest.raises(ProvisioningError) as caught:
        require_devices(parse(text.encode()), require_named)
    assert not any(secret in f"{caught.value}{caught.value.__cause__!r}" for secret in SECRETS)
    return caught.value


def test_a_printer_is_told_who_we_are_and_has_to_be_under_its_authority(applied: Applied) -> None:
    address = printer_address.parse(applied.config.printer)
    login = read_login(address.user, address.password_file, "printer")
    assert (login.user, login.password) == ("station büro", PASSWORD)
    context = PrinterTrust(address).context
    assert context is not None
    assert context.cert_store_stats()["x509_ca"] == 1


def test_the_server_of_the_record_has_to_be_under_its_authority(applied: Applied) -> None:
    address = SyslogAddress.parse(applied.config.syslog)
    assert (address.host, address.port, address.ca.name) == ("log.example", 6514, "syslog-ca.pem")
    assert address.context().cert_store_stats()["x509_ca"] == 1


def test_secrets_are_the_station_s_alone_and_it_can_put_nothing_beside_them(applied: Applied) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in applied.folder.iterdir()}
    assert modes == {
        "printer-password": 0o600,
        "printer-key.pem": 0o600,
        "printer-cert.pem": 0o644,
        "printer-ca.pem": 0o644,
        "syslog-ca.pem": 0o644,
    }
    assert stat.S_IMODE(applied.folder.stat().st_mode) == 0o711


def test_another_password_leaves_nothing_of_the_first(applied: Applied) -> None:
    with (applied.folder / "printer-password").open("rb") as still_open:
        size = len(still_open.read())
        applied.site.put(GOOD.replace(PASSWORD, "another"))
        applied.site.apply()
        still_open.seek(0)
        assert still_open.read() == bytes(size)
    assert not any(PASSWORD in text for text in applied.site.contents().values())
    assert load(applied.site.data / "lockgate.toml", {}).printer == applied.config.printer, "so its approval counts"


def test_a_site_that_asks_for_none_has_none(tmp_path: Path) -> None:
    site = Site(tmp_path, '[printer]\nuri = "ipps://printer.example/ipp/print?stall=60"\n')
    site.apply()
    assert load(site.data / "lockgate.toml", {}).printer == "ipps://printer.example/ipp/print?stall=60"
    assert not (site.data / "site" / "station").exists()


def test_options_stand_beside_those_that_the_file_says() -> None:
    text = '[printer]\nuri = "ipps://p/ipp/print?stall=60"\nuser = "a&b"\npassword = "x"\n'
    address = printer_address.parse(parse(text.encode()).printing.address("/site"))
    assert (address.user, address.password_file, address.stall) == ("a&b", "/site/printer-password", 60)


def test_an_authority_that_the_box_has_may_be_named() -> None:
    syslog = "tls://log.example?ca=/etc/ssl/certs/ca-certificates.crt"
    found = parse(f'[audit]\nsyslog = "{syslog}"\n'.encode()).audit
    assert (found.address("/site"), found.files()) == (syslog, {})


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (f'password = "{PASSWORD}"\n', "", "printer.user and printer.password go together"),
        ('user = "station büro"\n', "", "printer.user and printer.password go together"),
        ('user = "station büro"', 'user = "a:b"', "printer.user must be"),
        (f'"{PASSWORD}"', f'"{PASSWORD}\\n"', "printer.password must be"),
        (f'"{PASSWORD}"', f'"{"ü" * 501}"', "printer.password must be"),
        (f'"{PASSWORD}"', '""', "printer.password must be"),
        ("ipps://printer.example/ipp/print", "usblp://04f9:0001", "printer.user goes with"),
        ("ipps://printer.example/ipp/print", "ipp://p/ipp/print?insecure=yes-not-encrypted", "printer.ca goes with"),
        ('uri = "ipps://printer.example/ipp/print"\n', "", "printer.user goes with"),
        ("ipp/print", "ipp/print?user=b&password-file=/etc/b", "printer.uri"),
        ("mutool:?most-mib=256", "mutool:?most-mib=0", "printer.converter"),
        ("mutool:?most-mib=256", "gs:", "printer.converter"),
        ("mutool:?most-mib=256", "mutool:?", "printer.converter"),
        ("mutool:?most-mib=256", "mutool:?most-mib=1&most-mib=2", "printer.converter"),
        ("mutool:?most-mib=256", "mutool:?dpi=1", "printer.converter"),
        (PRINTER_CA, OWN, "printer.ca must be certificates of authorities"),
        (PRINTER_CA, PRINTER_CA + OWN_KEY, "printer.ca must be"),
        (OWN, LOG_CA, "printer.cert and printer.key must be"),
        (OWN, OWN + OWN_KEY, "printer.cert and printer.key must be"),
        (OWN_KEY, OWN_KEY.replace("M", "N", 1), "printer.cert and printer.key must be"),
        (OWN_KEY, pem(key(4)), "printer.cert and printer.key must be"),
        (LOG_CA, "", "audit.syslog_ca must be"),
        (LOG_CA, OWN, "audit.syslog_ca must be"),
        (LOG_CA, LOG_CA.replace("M", "N"), "audit.syslog_ca must be"),
        (LOG_CA, LOG_CA + "ü", "audit.syslog_ca must be"),
        (LOG_CA, LOG_CA + "#" * 16384, "audit.syslog_ca must be"),
        ("tls://log", "udp://log", "audit.syslog must be"),
        ("tls://log.example:6514", "tls://log.example:99999", "audit.syslog must be"),
        ("tls://log.example:6514", "tls://ada:geheim@log.example", "audit.syslog must be"),
        ("tls://log.example:6514", "tls://log.example?ca=/x", "audit.syslog has options"),
        ('syslog = "tls://log.example:6514"\n', "", "audit.syslog_ca and audit.syslog_identity go with"),
        ("mib = 16", "mib = 201", "audit.mib must be a whole number, 1 to 200"),
        ("mib = 16", "mib = true", "audit.mib must be"),
        ("syslog_identity = true", 'syslog_identity = "yes"', "audit.syslog_identity must be true or false"),
        ("slip = false", "slip = 0", "pairing.slip must be"),
        ("proof = true", 'proof = "true"', "badges.proof must be"),
        ('reader = "left"', 'reader = "above"', "panel.reader must be"),
    ],
)
def test_what_cannot_be_is_refused_by_its_key(old: str, new: str, where: str) -> None:
    assert old in GOOD
    error = refusal(GOOD.replace(old, new, 1))
    assert error.code == "provisioning-malformed"
    assert where in error.detail
    assert "geheim" not in error.detail


def test_a_server_needs_somebody_who_vouches_for_it() -> None:
    assert "audit.syslog needs audit.syslog_ca" in refusal('[audit]\nsyslog = "tls://log.example"\n').detail


@pytest.mark.parametrize("table", ["[audit]\nca", "[printer]\npassword_file", "[pairing]\nprovision"])
def test_what_no_site_may_say_is_no_key(table: str) -> None:
    assert refusal(f'{table} = "/etc/shadow"\n').code == "provisioning-key-unknown"


def test_a_key_that_is_locked_is_refused() -> None:
    locked = key(3).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode()
    for one in (locked, "", OWN):
        with pytest.raises(ValueError, match="no certificate with its key"):
            certificates.own(OWN, one)


@pytest.mark.parametrize("bits", [1024, 2048])
def test_a_weak_key_with_which_the_station_would_not_start_is_refused(tmp_path: Path, bits: int) -> None:
    private = rsa.generate_private_key(65537, bits)
    cert = certificate(3, is_ca=False, of=private.public_key())
    assert taken(cert, pem(private)) == taken_by_openssl(cert + pem(private), tmp_path) == (bits == 2048)


@pytest.mark.parametrize("curve", [ec.SECP192R1(), ec.SECP224R1(), ec.SECP256R1(), ec.SECP521R1()])
def test_so_is_one_on_a_small_curve(tmp_path: Path, curve: ec.EllipticCurve) -> None:
    private = ec.generate_private_key(curve)
    cert = certificate(3, is_ca=False, of=private.public_key())
    assert taken(cert, pem(private)) == taken_by_openssl(cert + pem(private), tmp_path) == (curve.key_size > 192)


def test_so_is_one_that_was_signed_by_sha_1() -> None:
    private = rsa.generate_private_key(65537, 2048)
    name = x509.Name([])
    cert = x509.CertificateBuilder(name, name, private.public_key(), 1, FROM, UNTIL).sign(private, SHA256())
    der = cert.public_bytes(Encoding.DER)
    by_sha_1 = x509.load_der_x509_certificate(der.replace(PKCS_1 + b"\x0b", PKCS_1 + b"\x05"))
    told = [one.public_bytes(Encoding.PEM).decode() for one in (cert, by_sha_1)]
    assert [taken(one, pem(private)) for one in told] == [True, False]


def taken(cert: str, its_key: str) -> bool:
    try:
        return certificates.own(cert, its_key) == (cert, its_key)
    except ValueError:
        return False


def taken_by_openssl(both: str, folder: Path) -> bool:
    (folder / "both.pem").write_text(both)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(folder / "both.pem")
    except ssl.SSLError:
        return False
    return True


def test_what_stands_around_certificates_goes_nowhere() -> None:
    assert certificates.authorities(f"subject=the log's\n{LOG_CA}# and\n{PRINTER_CA}") == LOG_CA + PRINTER_CA


def test_one_that_is_valid_no_more_is_said_and_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = Site(tmp_path, GOOD.replace(LOG_CA, certificate(1, is_ca=True, until=datetime(2024, 1, 2, tzinfo=UTC))))
    assert main(["provision", "check", str(site.card), "--json"]) == 0
    assert capsys.readouterr().err == "lockgate: audit.syslog_ca: a certificate there is valid no more\n"
