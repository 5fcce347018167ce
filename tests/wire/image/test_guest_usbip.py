"""What the probe brings along to attach a device: run here, with a file in the place of the kernel's."""

import getpass
import re
import subprocess
import sys
from pathlib import Path

from tools.image.guest_usbip import PROGRAM, words
from tools.peers.usb_nodes import RAW
from tools.peers.usbip import exported
from tools.peers.usbip_printer import LinePrinter


def test_the_kernel_is_given_the_connection_and_the_device(tmp_path: Path) -> None:
    kernel = tmp_path / "attach"
    with exported(LinePrinter(RAW)) as plug:
        program = PROGRAM.format(host="127.0.0.1", port=plug.port).replace('"lockgate"', repr(getpass.getuser()))
        program = program.replace("os.seteuid(0)", "pass")
        program = re.sub(r'"/sys/\S+/attach"', repr(str(kernel)), program)
        subprocess.run([sys.executable, "-I", "-c", program], check=True, timeout=60)
    port, handle, device, speed = kernel.read_text().split()
    assert (port, device, speed) == ("0", str(0x10001), "3")
    assert int(handle) > 2


def test_it_fits_the_kernels_command_line() -> None:
    """COMMAND_LINE_SIZE of arm64 is 2048, and the image's own words take 420 of them."""
    made = words(65535, "grep -q http-port /var/ipp-usb/dev/*.state")
    assert len(made) < 1500
