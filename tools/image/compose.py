"""The root file system's second half: our own files, the application, and what packages leave to be done natively."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from hal.drivers.pcsc_findings import ESCAPE_BIT, OPTIONS
from tools.image import ahead, application, lean
from tools.image.bundle import COMPATIBLE, compatible
from tools.image.errors import ImageError
from tools.image.workplace import RECIPE, ROOT, Workplace

FILES, KIOSK = RECIPE / "files", RECIPE / "kiosk"
SCREEN = {
    "lockgate-kiosk.service": "usr/lib/systemd/system/lockgate-kiosk.service",
    "lockgate-kiosk-cog.conf": "usr/lib/systemd/system/lockgate-kiosk.service.d/cog.conf",
    "lockgate-kiosk.sysusers": "usr/lib/sysusers.d/lockgate-kiosk.conf",
    "lockgate-seat.service": "usr/lib/systemd/system/lockgate-seat.service",
    "72-lockgate-kiosk.rules": "usr/lib/udev/rules.d/72-lockgate-kiosk.rules",
    **{
        name: f"usr/share/lockgate/kiosk/{name}"
        for name in ("await-panel", "has-display", "cog-panel", "xkb/rules/lockgate", "xkb/symbols/lockgate")
    },
}
"""Where the kiosk's files go, in the image with a screen."""
MASKED = (
    *("getty@.service", "serial-getty@.service", "console-getty.service", "container-getty@.service"),
    *("debug-shell.service", "swap.target", "systemd-firstboot.service", "systemd-networkd-wait-online.service"),
    # done when the image was built, or for what is not in it
    *("ldconfig.service", "systemd-hwdb-update.service", "systemd-journal-catalog-update.service"),
    *("systemd-update-done.service", "systemd-sysusers.service", "systemd-binfmt.service", "polkit.service"),
    *("systemd-pcrphase-sysinit.service", "systemd-pcrphase.service", "systemd-tpm2-setup.service"),
    *("systemd-machine-id-commit.service", "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer"),
)
EMPTIED = ("var/log", "var/cache", "var/lib/apt", "boot", "usr/share/man", "tmp", "run", "var/tmp", "dev")
REMOVED = ("usr/lib/raspi-firmware", "etc/initramfs-tools", "var/lib/initramfs-tools", "etc/apt", "root/.bashrc")
MOUNT_POINTS = ("data", "var/lib/lockgate", "etc/lockgate", "boot", "var/log", "var/cache")


PRUNED = (
    *(f"usr/lib/python3.13/{name}" for name in ("test", "pydoc_data", "ensurepip", "idlelib", "turtledemo")),
    *("usr/share/locale", "usr/share/man", "usr/share/info", "usr/lib/aarch64-linux-gnu/gconv"),
)
"""What nobody asks for on a box, and what packages check for while they are installed."""
PRUNED_SCREEN = (
    *("usr/share/libwacom", "usr/share/iso-codes", "usr/share/xml/iso-codes", "usr/share/mime/packages"),
    *("usr/share/wpe-webkit-2.0/inspector.gresource", "usr/lib/aarch64-linux-gnu/wpe-webkit-2.0/MiniBrowser"),
    *("usr/share/fonts-droid-fallback", "usr/share/GConf", "usr/share/apport", "usr/share/gettext"),
)
FONTS = re.compile(
    r"(DroidSansFallbackFull|NotoColorEmoji|Noto(Sans|Naskh)(?!SignWriting|Cuneiform)\w*-(Regular|Bold))\.ttf"
)
"""Those of the image with a screen: one for each script, for titles are in any language."""


def compose(place: Workplace, wheels: list[Path], version: str, epoch: int, authority: Path) -> None:
    """Make `place.rootfs` from the installed packages; updates are believed that `authority`, a PEM file, vouches for.
    Raises `ImageError`."""
    root, inside = place.rootfs, place.inside(place.rootfs)
    shutil.rmtree(root, ignore_errors=True)
    place.run("cp", "-a", place.inside(place.folder / "base"), inside)
    prune(root)
    _lay(FILES, root)
    _put(RECIPE / "tryboot" / "lockgate-tryboot", root / "usr/libexec/lockgate-tryboot")
    _put(authority, root / "etc/rauc/keyring.pem")
    for name, target in SCREEN.items() if place.screen else ():
        _put(KIOSK / name, root / target)
    if place.screen:
        prune_screen(root)
    say_kind(place, root / "etc/rauc/system.conf")
    let_escape(root / "etc/libccid_Info.plist")
    shutil.copy(ROOT / "LICENSE", _folder(root / "usr/share/doc/lockgate") / "copyright")
    application.unpack(wheels, root / "usr/lib/lockgate")
    (root / "usr/lib/lockgate/version").write_text(f"{version}\n")
    _certificates(root)
    for link, target in {
        "etc/resolv.conf": "/run/systemd/resolve/resolv.conf",
        "etc/localtime": "/run/lockgate-site/localtime",
    }.items():
        (root / link).unlink(missing_ok=True)
        (root / link).symlink_to(target)
    (root / "etc/machine-id").write_text("")
    for name in MOUNT_POINTS:
        _folder(root / name)
    lean.spare(root)
    settle(place, epoch, lean.SPARED_UNITS)
    application.compile_templates(place, root)
    application.compile_bytecode(place, root)
    ahead.write_list(place, root)
    for name in ("etc/shadow", "etc/shadow-"):
        if (root / name).exists():
            (root / name).write_text(undated((root / name).read_text(), epoch))
    check_locked((root / "etc/shadow").read_text())


def prune(root: Path) -> None:
    """Take away PRUNED."""
    for name in PRUNED:
        shutil.rmtree(root / name, ignore_errors=True)


def settle(place: Workplace, epoch: int, spared: Sequence[str] = ()) -> None:
    """Do natively, and once, what packages leave to their scripts or to each start; mask the units `spared` besides.
    Raises `ImageError`."""
    inside = place.inside(place.rootfs)
    place.run("systemd-sysusers", f"--root={inside}", variables={"SOURCE_DATE_EPOCH": str(epoch)})
    place.run("systemd-hwdb", f"--root={inside}", "--usr", "update")
    place.run("depmod", "-b", f"{inside}/usr", kernel(place.rootfs))
    place.run("systemctl", f"--root={inside}", "preset-all", "--preset-mode=full")
    place.run("systemctl", f"--root={inside}", "mask", *MASKED, *spared)


def prune_screen(root: Path) -> None:
    """Take away what the browser's packages bring for others."""
    for path in (root / name for name in PRUNED_SCREEN):
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    for font in (root / "usr/share/fonts").rglob("*.ttf"):
        if not FONTS.fullmatch(font.name):
            font.unlink()


def say_kind(place: Workplace, conf: Path) -> None:
    """An image with a screen takes no bundle of one without, nor the other way round."""
    conf.write_text(conf.read_text().replace(f"compatible={COMPATIBLE}\n", f"compatible={compatible(place)}\n"))


def let_escape(settings: Path) -> None:
    """Have libccid pass the commands by which readers beep, or do not: nobody but the station speaks to pcscd here.
    Raises `ImageError` where it has no place to say it."""
    text = settings.read_bytes()
    found = OPTIONS.search(text)
    if found is None:
        raise ImageError(f"{settings.name} says no ifdDriverOptions")
    options = int(found[1], 16) | ESCAPE_BIT
    settings.write_bytes(text[: found.start(1)] + b"%04X" % options + text[found.end(1) :])


def kernel(root: Path) -> str:
    """The version of the one kernel in `root`. Raises `ImageError`."""
    found = sorted(path.name for path in (root / "usr/lib/modules").iterdir())
    if len(found) != 1:
        raise ImageError(f"one kernel belongs into the image, and there is {', '.join(found) or 'none'}")
    return found[0]


def check_locked(shadow: str) -> None:
    """Raises `ImageError` where a user of shadow(5) could log in by a password."""
    for line in shadow.splitlines():
        name, password = line.split(":")[:2]
        if not password.startswith(("*", "!")):
            raise ImageError(f"the user {name} has a password, or needs none")


def undated(shadow: str, epoch: int) -> str:
    """The same shadow(5) with each password last changed on the day of `epoch`, not on the one when its package was
    installed here."""
    lines = (line.split(":") for line in shadow.splitlines())
    return "".join(":".join([*line[:2], str(epoch // 86400), *line[3:]]) + "\n" for line in lines)


def strip(place: Workplace) -> None:
    """Take away what only the build needs: caches, the kernel that lies on the boot partition, package sources."""
    root = place.rootfs
    for name in EMPTIED:
        folder = root / name
        if folder.is_dir():
            place.run("find", place.inside(folder), "-mindepth", "1", "-delete")
    for name in REMOVED:
        path = root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    _folder(root / "var/tmp").chmod(0o1777)


def _lay(source: Path, root: Path) -> None:
    """Copy our files over the packages', owned by root, with modes that do not depend on the checkout's umask."""
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        _put(file, root / file.relative_to(source))


def _put(file: Path, target: Path) -> None:
    _folder(target.parent)
    target.unlink(missing_ok=True)
    shutil.copyfile(file, target)
    target.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)


def _folder(path: Path) -> Path:
    if not path.is_dir():
        path.mkdir(parents=True, mode=0o755)
    return path


def _certificates(root: Path) -> None:
    source = root / "usr/share/ca-certificates"
    text = b"".join(file.read_bytes() for file in sorted(source.rglob("*.crt")))
    (_folder(root / "etc/ssl/certs") / "ca-certificates.crt").write_bytes(text)
