"""What an administrator sets for a site."""

from dataclasses import dataclass

MIB = 2**20
DEFAULT_AUDIT_MIB = 64


@dataclass(frozen=True, slots=True)
class Prices:
    """What one printed side costs, in the minor unit of an ISO 4217 currency."""

    currency: str
    grey_side: int
    colour_side: int


@dataclass(frozen=True, slots=True)
class OnScreen:
    """What stations show. `titles`: whether people see what their jobs are called; `languages`: BCP 47 tags, the usual
    one first, empty for all that a station has; `prices`: None where nothing is charged."""

    titles: bool = True
    languages: tuple[str, ...] = ()
    prices: Prices | None = None


@dataclass(frozen=True, slots=True)
class PhonePage:
    """The page for phones: `url` is what phones call it (`https://HOST[:PORT]`), empty where there is none; `listen` is
    `HOST:PORT`; `certificate` and `key` are PEM files of a certificate that phones believe."""

    url: str = ""
    listen: str = ""
    certificate: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """`replicas` nodes must have a body synced before its job counts as held; sizes in bytes. `node_bytes` is what
    one node may keep in all. `factors` are what everybody must prove at a station; `association` "code" lets a person
    make an unknown badge theirs with a one-time code, empty lets nobody. `audit_mib` is what each role's audit record
    may take; `syslog` where all of them are sent, such as `tls://log.example:6514?ca=FILE`, empty for nowhere."""

    replicas: int = 1
    max_job_bytes: int = 2048 * MIB
    node_bytes: int = 16 * 1024 * MIB
    factors: tuple[str, ...] = ("card",)
    association: str = ""
    audit_mib: int = DEFAULT_AUDIT_MIB
    syslog: str = ""
    screen: OnScreen = OnScreen()
    phone: PhonePage = PhonePage()
