"""The network around a box, as a twin: what is said in it, and what of that is a lie, the story says."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hal.ports.clock import Clock
from hal.ports.nearby import Service


@dataclass
class SimNearby:
    """Implements Nearby. `said` is what services say of themselves; without a network nobody can be asked. `looks`
    counts how often somebody asked."""

    clock: Clock
    said: list[Service] = field(default_factory=list)
    has_network: bool = True
    looks: int = 0

    async def services(self, kinds: Sequence[str], seconds: float) -> tuple[Service, ...]:
        """As the port says."""
        self.looks += 1
        if not self.has_network:
            raise OSError(100, "Network is down")
        await self.clock.sleep(seconds)
        return tuple(one for one in self.said if one.kind in kinds)
