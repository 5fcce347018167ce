"""Where a station's audit record goes, as a site's file says it: the syslog server, and who vouches for it."""

from dataclasses import dataclass, field
from urllib.parse import quote

from firmware.audit.forward import SyslogError
from firmware.audit.syslog_tls import SyslogAddress
from firmware.config import AUDIT_MIB
from firmware.provisioning import certificates
from firmware.provisioning.section import Section, malformed

CA = "syslog-ca.pem"
NEEDS_CA = "audit.syslog needs audit.syslog_ca, or ?ca= with a file that the box has"


@dataclass(frozen=True, slots=True)
class Audit:
    """`syslog` without the authority, where `ca` has it (PEM); `mib` 0 and `identity` None where the file does not say
    it."""

    syslog: str = ""
    ca: str = field(repr=False, default="")
    identity: bool | None = None
    mib: int = 0

    def files(self) -> dict[str, str]:
        """What the address names, by the names of files."""
        return {CA: self.ca} if self.ca else {}

    def address(self, folder: str) -> str:
        """The address with the file, which is in `folder`."""
        return f"{self.syslog}?ca={quote(f'{folder}/{CA}')}" if self.ca else self.syslog

    def tables(self, folder: str) -> dict[str, dict[str, object]]:
        """As firmware/settings.py names them."""
        return {"audit": {"syslog": self.address(folder), "syslog_identity": self.identity, "mib": self.mib}}


def audit(table: object) -> Audit:
    """The table `audit`. Raises `ProvisioningError`."""
    section = Section(table, "audit")
    found = Audit(
        section.text("syslog", "a server, such as tls://log.example:6514", _is_printed),
        section.pem("syslog_ca", "certificates of authorities, in PEM", certificates.authorities),
        section.flag("syslog_identity"),
        section.number("mib", AUDIT_MIB),
    )
    section.end()
    if (found.ca or found.identity is not None) and not found.syslog:
        raise malformed("audit.syslog_ca and audit.syslog_identity go with audit.syslog")
    if found.syslog:
        _require_address(found)
    return found


def _is_printed(text: str) -> bool:
    return text.isascii() and " " not in text


def _require_address(found: Audit) -> None:
    """As the station itself takes it apart at its start."""
    if found.ca and "?" in found.syslog:
        raise malformed("audit.syslog has options, and audit.syslog_ca goes with one that has none")
    if not found.ca and "?" not in found.syslog:
        raise malformed(NEEDS_CA)
    try:
        SyslogAddress.parse(found.address("/site"))
    except SyslogError as exc:
        raise malformed(f"audit.syslog must be a server, such as tls://log.example:6514: {exc.detail}") from None
