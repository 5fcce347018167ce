"""The update bundle: RAUC's, in the `verity` format, which can be installed while it is fetched."""

from dataclasses import dataclass
from pathlib import Path

from tools.image.errors import ImageError
from tools.image.workplace import Workplace

COMPATIBLE = "lockgate-station-arm64"
MANIFEST = """[update]
compatible={compatible}
version={version}

[bundle]
format=verity

[image.rootfs]
filename=root.img

[image.boot]
filename=boot.vfat
"""
EXTENSIONS = (
    "keyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection\nbasicConstraints=critical,CA:FALSE\n"
)


@dataclass(frozen=True, slots=True)
class Signer:
    """PEM files: the certificate and key that sign, and the authority that a box believes."""

    certificate: Path
    key: Path
    authority: Path


def compatible(place: Workplace) -> str:
    """What a bundle of this image and the box that takes it call themselves."""
    return f"{COMPATIBLE}-screen" if place.screen else COMPATIBLE


def development_signer(place: Workplace, name: str = "signing") -> Signer:
    """Keys of this workplace alone, in its folder `name`, made at the first call: whoever releases has their own.
    Raises `ImageError`."""
    folder = place.folder / name
    signer = Signer(folder / "sign.pem", folder / "sign.key", folder / "ca.pem")
    if all(file.exists() for file in (signer.certificate, signer.key, signer.authority)):
        return signer
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "extensions").write_text(EXTENSIONS)
    script = """set -e; cd "$1"; umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 7300 -keyout ca.key -out ca.pem \
    -subj "/O=Lockgate development/CN=updates" -addext basicConstraints=critical,CA:TRUE \
    -addext keyUsage=critical,keyCertSign,cRLSign
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout sign.key -out sign.csr \
    -subj "/O=Lockgate development/CN=release"
openssl x509 -req -in sign.csr -CA ca.pem -CAkey ca.key -days 3650 -extfile extensions -out sign.pem
"""
    place.run("sh", "-c", script, "sh", place.inside(folder))
    return signer


def make_bundle(place: Workplace, version: str, signer: Signer, epoch: int, folder: Path | None = None) -> Path:
    """Sign the root and the boot partition that lie in `folder`, else those that were built, as one bundle there, its
    times `epoch`, and check it by the authority. Raises `ImageError`."""
    folder = folder or place.out
    content, out = folder / "bundle", folder / f"station-{version}.raucb"
    place.run("rm", "-rf", place.inside(content), place.inside(out))
    content.mkdir()
    (content / "manifest.raucm").write_text(MANIFEST.format(compatible=compatible(place), version=version))
    for source, name in (("root.verity", "root.img"), ("boot.vfat", "boot.vfat")):
        (content / name).hardlink_to(folder / source)
    here = place.inside(out)
    keys = [f"--cert={_inside(place, signer.certificate)}", f"--key={_inside(place, signer.key)}"]
    keyring = f"--keyring={_inside(place, signer.authority)}"
    variables = {"SOURCE_DATE_EPOCH": str(epoch)}
    place.run("rauc", *keys, keyring, "bundle", place.inside(content), here, variables=variables)
    place.run("rauc", keyring, "info", here)
    place.run("rm", "-rf", place.inside(content))
    return out


def _inside(place: Workplace, file: Path) -> str:
    if not file.resolve().is_relative_to(place.folder):
        raise ImageError(f"{file}: a signing key has to lie in {place.folder}, where the tools see it")
    return place.inside(file.resolve())
