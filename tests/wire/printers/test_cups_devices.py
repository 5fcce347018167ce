"""Device URIs as a private cupsd takes them: what it refuses is said in words of ours, what it can read goes on."""

import pytest

from hal.ports.errors import DeviceConfigError
from hal.ports.printer import PrinterState
from tests.support import aio, cups_rig


def test_a_device_that_cupsd_cannot_take_apart_is_said_and_not_the_driver() -> None:
    async def main() -> None:
        printer = cups_rig.opened("socket://127.0.0.1:9100x")
        with pytest.raises(DeviceConfigError, match="no such device URI"):
            await printer.status()
        await printer.aclose()

    aio.run(main())


def test_a_device_without_a_path_has_options_too() -> None:
    """As the documentation says of SNMP; cupsd itself refuses it behind a port."""

    async def main() -> None:
        printer = cups_rig.opened("socket://127.0.0.1:9100?snmp=false")
        assert (await printer.status()).state is PrinterState.IDLE
        await printer.aclose()

    aio.run(main())
