"""A card, a data partition, and a medium whose power is cut at a chosen change."""

from collections.abc import Callable
from pathlib import Path

from firmware.provisioning.applying import Application, Outcome, Places
from firmware.provisioning.medium import Medium
from hal.named import require_named
from hal.sim.storage import PowerCutError
from tests.unit.provisioning.papers import LOG_CA, OWN, OWN_KEY, PRINTER_CA

TOKEN = "tOk3n_" + "x" * 37
PASSPHRASE = "correct horse battery"
PASSWORD = "Druck & Geheim#1"
KEY_BODY = OWN_KEY.splitlines()[1]
SECRETS = (TOKEN, PASSPHRASE, PASSWORD, KEY_BODY)
BASE = """
readers = ["pcsc:"]
[station]
data_dir = "/var/lib/lockgate"
reset = "/run/lockgate/factory-reset"
[identity]
keys = "file:/var/lib/lockgate/keys"
[panel]
listen = "tcp:127.0.0.1:8631"
"""
GOOD = f'''\
readers = ["evdev:?vid=08ff&pid=0009&name=front"]

[mesh]
url = "https://mesh.example:8443"
ca_fingerprint = "sha256:{"ab" * 32}"
token = "{TOKEN}"
kind = "station"
name = "Lobby_1"

[network]
method = "static"
address = "192.0.2.7/24"
gateway = "192.0.2.1"
dns = ["192.0.2.53", "2001:db8::53"]
ntp = ["time.example"]
reach = ["192.0.2.7", "192.0.2.0/24", "2001:db8::/64"]

[wifi]
ssid = "Büro"
psk = "{PASSPHRASE}"
country = "AT"

[panel]
language = "de"
timezone = "Europe/Vienna"
contact = "Help desk, phone 4711"
reader = "left"

[printer]
uri = "ipps://printer.example/ipp/print"
converter = "mutool:?most-mib=256"
user = "station büro"
password = "{PASSWORD}"
ca = """
{PRINTER_CA}"""
cert = """
{OWN}"""
key = """
{OWN_KEY}"""

[badges]
rules = ["trim", "hex2dec"]
readers = {{ front = ["trim"] }}
proof = true

[indicator]
uri = ["gpio:/dev/gpiochip0?red=17&green=27", "alsa:"]

[buttons]
uri = ["gpio:/dev/gpiochip0?next=5&ok=6&cancel=13"]

[voice]
uri = "espeak:"

[station]
reset_button = "gpio:/dev/gpiochip0?reset=21&low=reset"

[updates]
window = "01:30-04:00"

[metrics]
from = ["192.0.2.10", "192.0.2.64/28"]

[audit]
syslog = "tls://log.example:6514"
syslog_ca = """
{LOG_CA}"""
syslog_identity = true
mib = 16

[pairing]
slip = false

[ssh]
keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEcLkHy9dJTeEPTUwS0GUvbM4v6F6QeAcT0tQB5lmS3K ada@desk"]
'''


class Site:
    """`card` is where the site's file lies; `data` the directory on the data partition."""

    def __init__(self, folder: Path, text: str = GOOD) -> None:
        self.card, self.data, self.base = folder / "card" / "lockgate.toml", folder / "data", folder / "base.toml"
        self.card.parent.mkdir()
        self.base.write_text(BASE)
        self.put(text)

    def put(self, text: str) -> None:
        self.card.write_text(text, encoding="utf-8")

    def apply(self, medium: Medium | None = None) -> Outcome:
        return Application(Places(self.card, self.data, self.base), require_named, medium or Medium()).run()

    def contents(self) -> dict[str, str]:
        """Every file of the data partition and what it says, and where links lead."""
        return {
            str(path.relative_to(self.data)): str(path.readlink()) if path.is_symlink() else path.read_text("utf-8")
            for path in sorted(self.data.rglob("*"))
            if path.is_symlink() or path.is_file()
        }


class CuttingMedium(Medium):
    """The power goes at change number `cut_at`: before it, after it, or, of what is written, in the middle."""

    def __init__(self, cut_at: int, moment: str) -> None:
        super().__init__()
        self._cut_at, self._moment, self.changes = cut_at, moment, 0

    def folder(self, path: Path, mode: int = 0o700) -> None:
        self._changed(lambda: super(CuttingMedium, self).folder(path, mode))

    def create(self, path: Path, data: bytes, mode: int = 0o600) -> None:
        half = data[: len(data) // 2]
        self._changed(
            lambda: super(CuttingMedium, self).create(path, data, mode),
            lambda: super(CuttingMedium, self).create(path, half, mode),
        )

    def rename(self, old: Path, new: Path) -> None:
        self._changed(lambda: super(CuttingMedium, self).rename(old, new))

    def blank(self, path: Path) -> None:
        def half() -> None:
            if path.exists():
                raw = path.read_bytes()
                path.write_bytes(raw[: len(raw) // 2] + bytes(len(raw) - len(raw) // 2))

        self._changed(lambda: super(CuttingMedium, self).blank(path), half)

    def unlink(self, path: Path) -> None:
        self._changed(lambda: super(CuttingMedium, self).unlink(path))

    def _changed(self, change: Callable[[], None], half: Callable[[], None] = lambda: None) -> None:
        self.changes += 1
        if self.changes != self._cut_at:
            change()
            return
        {"before": lambda: None, "half": half, "after": change}[self._moment]()
        raise PowerCutError
