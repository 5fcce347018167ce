"""No converter: every printer of this station takes what people submit, or it is said that it does not."""

from collections.abc import AsyncGenerator

from hal.drivers.context import DriverContext
from hal.ports.converter import Conversion, ConversionError
from hal.ports.errors import DeviceConfigError
from hal.ports.printer import Document

URI = "none:"


class NoConverter:
    """Implements Converter: there is no way from anything to anything."""

    most_bytes = 0

    def targets(self, source: str) -> tuple[str, ...]:  # noqa: ARG002 (the shape of every converter)
        """None."""
        return ()

    async def convert(self, document: Document, wanted: Conversion) -> AsyncGenerator[bytes, None]:  # noqa: ARG002
        """Never."""
        raise ConversionError("converter-failed", "this station has no converter")
        yield b""


def open(uri: str, context: DriverContext) -> NoConverter:  # noqa: ARG001 (every driver's factory has this shape)
    """`none:`. Raises `DeviceConfigError`."""
    if uri != URI:
        raise DeviceConfigError("none", f"{URI} takes nothing more: {uri!r}")
    return NoConverter()
