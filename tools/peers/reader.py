"""What every emulated reader is to whoever drives it: a wire of the real kind, and the hand with the badge."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from hal.sim.cards.card import CardTwin


class ReaderPeer(Protocol):
    """A reader that exists as bytes only. Opened by a context manager of each module; the station's real driver reads
    from it."""

    @property
    def uri(self) -> str:
        """What the station's configuration must say under `readers`."""
        ...

    @property
    def command(self) -> tuple[str, ...]:
        """What the station's own command line must be run under, such as a wrapper; empty for most."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables that the station's process needs to find the reader."""
        ...

    def tap(self, number: str) -> None:
        """Present the card whose number the reader gives as `number` (hexadecimal digits), and lift it again."""
        ...

    def unplug(self) -> None:
        """The cable comes out."""
        ...

    def plug(self) -> None:
        """The cable goes back in."""
        ...


@runtime_checkable
class FieldPeer(Protocol):
    """One that has a field, in which cards can be left."""

    def present(self, *cards: CardTwin) -> object:
        """Put cards there at once. Raises `OSError` where nobody listens, `ValueError` where it cannot take them."""
        ...

    def lift(self) -> None:
        """Take all cards away. Raises `OSError` where nobody listens."""
        ...
