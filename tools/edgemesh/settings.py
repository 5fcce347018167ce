"""What an administrator sets for a site."""

from dataclasses import dataclass

MIB = 2**20
DEFAULT_AUDIT_MIB = 64


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
