"""RAUC itself, over slots that are files: a private bus, its service, bundles of a signer of ours and of another."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hal.ports.installer import BundleEnds

COMPATIBLE = "lockgate-arm64"
NEEDED = "/usr/bin/rauc"


@dataclass(frozen=True, slots=True)
class Signer:
    """A CA and the certificate that signs bundles, as files."""

    ca: Path
    certificate: Path
    key: Path


def signer(directory: Path, name: str) -> Signer:
    """A fresh one."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} CA")])
    ca = _certificate(issuer, issuer, ca_key, ca_key, is_ca=True)
    leaf = _certificate(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), issuer, key, ca_key, is_ca=False)
    pem = serialization.Encoding.PEM
    files = Signer(directory / f"{name}-ca.pem", directory / f"{name}.pem", directory / f"{name}.key")
    files.ca.write_bytes(ca.public_bytes(pem))
    files.certificate.write_bytes(leaf.public_bytes(pem))
    plain = serialization.NoEncryption()
    files.key.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return files


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    ca_key: ec.EllipticCurvePrivateKey,
    *,
    is_ca: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
    )
    if not is_ca:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        made = made.add_extension(usage, critical=False)
    return made.sign(ca_key, hashes.SHA256())


def bundle(directory: Path, by: Signer, version: str, compatible: str = COMPATIBLE) -> Path:
    """A bundle with a little image in it."""
    inside = directory / f"inside-{version}-{compatible}"
    inside.mkdir(exist_ok=True)
    (inside / "root.img").write_bytes(os.urandom(100_000))  # more than a block, whatever compresses it
    (inside / "manifest.raucm").write_text(
        f"[update]\ncompatible={compatible}\nversion={version}\n[bundle]\nformat=verity\n"
        "[image.rootfs]\nfilename=root.img\n"
    )
    made = directory / f"{by.certificate.stem}-{version}-{compatible}.raucb"
    words = ["--cert", str(by.certificate), "--key", str(by.key), "bundle", str(inside), str(made)]
    subprocess.run([NEEDED, *words], check=True, capture_output=True)
    return made


def ends(raw: bytes) -> BundleEnds:
    """What of a bundle says what it is: its last eight bytes say how long the signature is."""
    tail = 8 + int.from_bytes(raw[-8:], "big")
    return BundleEnds(len(raw), raw[:4096], raw[-tail:])


@contextmanager
def service(directory: Path, trusted: Signer) -> Iterator[tuple[Path, dict[str, str], Path]]:
    """RAUC's service: its configuration, the environment of whoever asks it, and what it asked the boot loader."""
    backend, asked = directory / "backend", directory / "asked"
    backend.write_text(
        f'#!/bin/sh\necho "$*" >> {asked}\ncase $1 in get-primary|get-current) echo A;; get-state) echo good;; esac\n'
    )
    backend.chmod(0o755)
    slots = "".join(
        f"[slot.rootfs.{number}]\ndevice={directory}/root{name}\ntype=raw\nbootname={name}\n"
        for number, name in enumerate("AB")
    )
    for name in "AB":
        (directory / f"root{name}").write_bytes(bytes(200_000))
    (directory / "mnt").mkdir()
    configuration = directory / "system.conf"
    configuration.write_text(
        f"[system]\ncompatible={COMPATIBLE}\nbootloader=custom\nmountprefix={directory}/mnt\nbundle-formats=verity\n"
        f"statusfile={directory}/status\nactivate-installed=true\n[handlers]\nbootloader-custom-backend={backend}\n"
        f"[keyring]\npath={trusted.ca}\n{slots}"
    )
    with _bus(directory) as address:
        names = ("DBUS_SYSTEM_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS", "DBUS_STARTER_ADDRESS")
        environment = dict.fromkeys(names, address) | {"DBUS_STARTER_BUS_TYPE": "session"}
        words = [NEEDED, "--conf", str(configuration), "--override-boot-slot=A", "service"]
        with (directory / "service.log").open("wb") as log:
            served = subprocess.Popen(words, env={**os.environ, **environment}, stdout=log, stderr=log)
        try:
            _await_service(environment)
            yield configuration, environment, asked
        finally:
            served.kill()
            served.wait()


@contextmanager
def _bus(directory: Path) -> Iterator[str]:
    words = ["dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:path={directory}/bus"]
    bus = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert bus.stdout is not None
        yield bus.stdout.readline().strip()
    finally:
        bus.kill()
        bus.wait()
        if bus.stdout:
            bus.stdout.close()


def _await_service(environment: dict[str, str]) -> None:
    """Until it has its name; it says so nowhere else."""
    until = time.monotonic() + 30
    while subprocess.run([NEEDED, "status"], env={**os.environ, **environment}, capture_output=True).returncode:
        assert time.monotonic() < until, "rauc's service does not answer"
        time.sleep(0.05)
