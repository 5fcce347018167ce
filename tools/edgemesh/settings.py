"""What an administrator sets for a site."""

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Settings:
    """`replicas` nodes must have a body synced before its job counts as held; sizes in bytes. `node_bytes` is what
    one node may keep in all."""

    replicas: int = 1
    max_job_bytes: int = 2048 * MIB
    node_bytes: int = 16 * 1024 * MIB
