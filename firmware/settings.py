"""Every setting of the station: its place in the file, and what to write there."""

from dataclasses import dataclass
from typing import Any

from firmware.panel.place import SIDES
from firmware.panel.tags import TAGS

PREFIX = "LOCKGATE_"


@dataclass(frozen=True, slots=True)
class Key:
    """One setting: its field in `Config`, its place in the file (no section: at the top), and what to write there."""

    field: str
    section: str
    name: str
    hint: str
    is_list: bool = False
    or_one: bool = False  # a list's only item may stand alone
    required: bool = True
    is_flag: bool = False
    is_number: bool = False
    is_table: bool = False
    """A list for each name, in the file alone."""
    separator: str | None = None
    """Stands between the items of a variable's list; None: blanks do."""

    @property
    def path(self) -> str:
        return f"{self.section}.{self.name}" if self.section else self.name

    @property
    def variable(self) -> str:
        return PREFIX + self.path.replace(".", "_").upper()


ONE_OR_MORE: Any = {"is_list": True, "or_one": True, "required": False}
KEYS = (
    Key("readers", "", "readers", 'a list of badge readers, such as ["serial:///dev/ttyUSB0?baud=9600"]', is_list=True),
    Key("data_dir", "station", "data_dir", 'a directory of the station alone, such as "/var/lib/lockgate"'),
    Key("name", "station", "name", 'what the station is to be called, such as "lobby"', required=False),
    Key(
        "reset",
        "station",
        "reset",
        'the file by which a factory reset is asked of the system, such as "/run/lockgate/factory-reset"',
        required=False,
    ),
    Key(
        "reset_button",
        "station",
        "reset_button",
        'the button that is held for a factory reset, such as "gpio:/dev/gpiochip0?reset=21"; see docs/lights.md',
        required=False,
    ),
    Key("mesh_url", "mesh", "url", 'the address of the mesh, such as "https://mesh.example:8443"', required=False),
    Key(
        "ca_file",
        "mesh",
        "ca_file",
        'the file with the organisation\'s CA, in PEM, such as "/etc/lockgate/ca.pem"',
        required=False,
    ),
    Key(
        "ca_fingerprint",
        "mesh",
        "ca_fingerprint",
        'the SHA-256 of the CA that the mesh must have, "sha256:" and 64 digits in hex, as a provisioning file says it',
        required=False,
    ),
    Key(
        "provision",
        "pairing",
        "provision",
        'the provisioning file to pair with, such as "/boot/lockgate.toml"',
        required=False,
    ),
    Key(
        "slip",
        "pairing",
        "slip",
        "true or false: whether the pairing code is printed",
        required=False,
        is_flag=True,
    ),
    Key(
        "seek",
        "pairing",
        "seek",
        "true or false: whether the mesh is looked for in the network where mesh.url does not say it",
        required=False,
        is_flag=True,
    ),
    Key("keys", "identity", "keys", 'the key store, such as "file:/var/lib/lockgate/keys"'),
    Key(
        "printer",
        "printer",
        "uri",
        'the printer, such as "ipps://printer.example/ipp/print?pin=sha256:…"; else the mesh says it at pairing',
        required=False,
    ),
    Key(
        "converter",
        "printer",
        "converter",
        'what makes pages for a printer that takes no PDF, such as "mutool:"; see docs/conversion.md',
        required=False,
    ),
    Key(
        "indicator",
        "indicator",
        "uri",
        'lights and sounds, one or a list, such as ["gpio:/dev/gpiochip0?red=17", "alsa:"]; see docs/lights.md',
        **ONE_OR_MORE,
    ),
    Key(
        "buttons",
        "buttons",
        "uri",
        'buttons or a keypad, one or a list, such as "gpio:/dev/gpiochip0?next=5&ok=6&cancel=13"; see docs/lights.md',
        **ONE_OR_MORE,
    ),
    Key("voice", "voice", "uri", 'what speaks, such as "espeak:"; see docs/lights.md', required=False),
    Key("panel", "panel", "listen", 'where the panel answers, such as "tcp:127.0.0.1:8631"', required=False),
    Key("panel_language", "panel", "language", f"the usual language, one of {', '.join(TAGS)}", required=False),
    Key("panel_timezone", "panel", "timezone", 'the zone of its times, such as "Europe/Vienna"', required=False),
    Key("panel_contact", "panel", "contact", 'whom to call, such as "Help desk, phone 4711"', required=False),
    Key("panel_reader", "panel", "reader", f"where the badge reader is: {', '.join(SIDES)}", required=False),
    Key(
        "technician",
        "technician",
        "listen",
        'where the technician\'s page answers, such as "unix:/run/lockgate/technician.sock"; see docs/technician.md',
        required=False,
    ),
    Key(
        "installer",
        "updates",
        "installer",
        'what installs updates, such as "rauc:"; see docs/updates.md',
        required=False,
    ),
    Key(
        "update_window",
        "updates",
        "window",
        'when updates are installed, by the wall (panel.timezone), such as "02:00-05:00"',
        required=False,
    ),
    Key(
        "metrics",
        "metrics",
        "listen",
        'where metrics are read, such as "tcp:127.0.0.1:9632"; see docs/updates.md',
        required=False,
    ),
    Key(
        "syslog",
        "audit",
        "syslog",
        'where the audit record is sent, such as "tls://log.example:6514?ca=/etc/lockgate/log-ca.pem"',
        required=False,
    ),
    Key(
        "syslog_identity",
        "audit",
        "syslog_identity",
        "true or false: whether the station shows that server its own certificate",
        required=False,
        is_flag=True,
    ),
    Key(
        "audit_mib",
        "audit",
        "mib",
        "how many MiB the audit record may take, 1 to 200",
        required=False,
        is_number=True,
    ),
    Key(
        "badge_rules",
        "badges",
        "rules",
        'the steps from what readers send to the card number, such as ["trim", "hex2dec"]; see docs/badges.md',
        is_list=True,
        required=False,
        separator=";",
    ),
    Key(
        "reader_rules",
        "badges",
        "readers",
        'the same for single readers by their names, such as front = ["hex2dec"]; [] for none',
        required=False,
        is_table=True,
    ),
    Key(
        "badge_proof",
        "badges",
        "proof",
        "true or false: whether cards that can prove themselves to the mesh are to; see docs/cards.md",
        required=False,
        is_flag=True,
    ),
)
"""Every setting there is."""
