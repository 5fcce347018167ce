"""Where a keypad points and what was typed on it, as one frozen value: what the voice speaks of."""

from dataclasses import dataclass, field

from firmware.panel.deeds import Deed


@dataclass(frozen=True, slots=True)
class Pointer:
    """`at`: the place that the arrow keys went to, 0: the list as a whole, from 1 on its documents, then what can be
    done with it. `did`: the document that a digit took or left, from 1 on, or the deed that was just done. `is_zero`:
    zero was pressed, and the digit of a deed may follow. `is_counting`: how many pages came out is being typed."""

    at: int = 0
    did: int | Deed = 0
    is_zero: bool = False
    is_counting: bool = False
    digits: str = field(default="", repr=False)

    @property
    def typed(self) -> int:
        """How many digits."""
        return len(self.digits)


NOWHERE = Pointer()
