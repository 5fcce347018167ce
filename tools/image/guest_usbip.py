"""Has a box in emulation attach a USB device over USB/IP, of which the image has the kernel's part and no other.

The probe brings the few lines along that speak for the first seconds; the firewall lets out nobody but the station's
user, so the connection is opened as that one.
"""

from collections.abc import Mapping

from tools.image import probe
from tools.image.apart import GATEWAY
from tools.image.probe import FEW, LUGGAGE, SIGN

NAME = "attach"
PROGRAM = """\
import os,pwd,socket
os.seteuid(pwd.getpwnam("lockgate").pw_uid)
s=socket.create_connection(("{host}",{port}),60)
s.sendall(bytes.fromhex("0111800300000000")+b"1-1".ljust(32,b"\\0"))
r=s.makefile("rb").read(320)
s.settimeout(None)
os.seteuid(0)
n=int.from_bytes(r[298:300],"big")<<16|int.from_bytes(r[302:304],"big")
open("/sys/devices/platform/vhci_hcd.0/attach","w").write(f"0 {{s.fileno()}} {{n}} 3")
"""
"""struct op_import_reply: a header of 8 bytes, the device's path and name (288), the numbers of bus and device (4, 4);
then port, socket, device and speed (3 is high) to the kernel (Documentation/ABI/testing/sysfs-platform-vhci)."""
COMMAND = f"modprobe vhci-hcd; until python3 -I {LUGGAGE}/{NAME}; do sleep 1; done"
ATTACHED = r"^probe: attached"
"""What comes over the serial line when the guest has made something of the device."""


def words(port: int, there: str, questions: Mapping[str, str] = FEW) -> str:
    """What to add to the kernel's command line: the device that this machine exports at `port` of its loopback is
    attached; when the guest's command `there` succeeds, that is told; at a sign the questions are answered."""
    first = f"{COMMAND}; until {there}; do sleep 1; done; echo probe: attached; {SIGN}"
    return probe.words(questions, first=first, along={NAME: PROGRAM.format(host=GATEWAY, port=port).encode()})
