"""Where updates come from, as a port: the mesh is the real one."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from firmware.updates.states import Offer


@dataclass(frozen=True, slots=True)
class Standing:
    """What a station says of itself when it asks: `phase` as in `Phase`; `digest` the bundle that it is about, `code`
    how that ended, both empty where there is none; `faults` what is not well now."""

    version: str
    compatible: str
    slot: str
    phase: str
    digest: str = ""
    code: str = ""
    faults: tuple[str, ...] = ()


class UpdateSource(Protocol):
    """Both calls raise the errors of `mesh.port`, and are safe to cancel."""

    async def check(self, standing: Standing) -> Offer | None:
        """Tell how this station stands; what there is for it now."""
        ...

    def bundle(self, offer: Offer, offset: int) -> AsyncGenerator[bytes, None]:
        """The bundle from `offset` on, in chunks of 1 MiB but for the last one. Ends early where the connection did."""
        ...
