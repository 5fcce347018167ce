"""What a private cupsd is told: cupsd.conf(5), cups-files.conf(5), client.conf(5), and its one backend."""

import os
import shlex
import shutil
from pathlib import Path

from hal.drivers.cups_address import NAME, CupsAddress
from hal.drivers.cups_room import FILTERS_USER, PROGRAMS, Room
from hal.ports.errors import DeviceConfigError

QUEUE = "lockgate"

# No Port and no Listen but the socket: nothing on the network. A job is tried once (abort-job), and its history stays
# for us to learn how it ended; its file does not. MaxJobTime 0: a job may wait for paper over night.
CUPSD = """\
Listen {socket}
Browsing No
WebInterface No
DefaultShared No
DefaultAuthType None
LogLevel error
MaxLogSize 0
AccessLogLevel config
PreserveJobFiles No
PreserveJobHistory Yes
MaxJobs 32
MaxJobTime 0
MaxRequestSize {most}
ErrorPolicy abort-job
JobRetryLimit 1
<Location />
Order allow,deny
Allow all
</Location>
<Policy default>
JobPrivateAccess all
JobPrivateValues none
SubscriptionPrivateAccess all
SubscriptionPrivateValues none
<Limit All>
Order deny,allow
</Limit>
</Policy>
"""

FILES = """\
SystemGroup root
ServerRoot {root}/etc
ServerBin {programs}
RequestRoot {root}/spool
CacheDir {root}/cache
StateDir {root}/run
TempDir {root}/tmp
AccessLog /dev/null
ErrorLog {root}/log/error
PageLog /dev/null
ServerKeychain {root}/ssl
FileDevice No
Printcap
"""

# For the backends: a printer's certificate has to be one that this machine trusts, the first time too.
CLIENT = """\
AllowAnyRoot No
AllowExpiredCerts No
TrustOnFirstUse No
ValidateCerts Yes
"""

# A backend's exit status tells cupsd to try once more, to hold the job or to stop the queue (backend(7)). All of these
# are the end of the job here: what came out of a printer must not come out again unasked, and no queue stays stopped.
# A canceled job's is what it is, and so is success. The input goes by way of 7: a shell gives what it runs beside
# itself an empty one, and a backend that reads an empty one is content: cupsd says `completed`, and nothing is printed.
BACKEND = """\
#!/bin/sh
exec 7<&0
{program} "$@" <&7 7<&- &
child=$!
trap 'kill -TERM $child' TERM
wait $child
code=$?
while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
case $code in 0 | 5) exit $code ;; esac
exit 1
"""


def write(room: Room, address: CupsAddress, first_job: int) -> None:
    """Write it all into the room; its first job will be numbered `first_job`. Raises `DeviceConfigError`."""
    etc = room.root / "etc"
    most = address.spool + (1 << 20)
    (etc / "cupsd.conf").write_text(CUPSD.format(socket=room.socket, most=most))
    (etc / "cups-files.conf").write_text(_files(room))
    (etc / "client.conf").write_text(CLIENT)
    (room.root / "cache" / "job.cache").write_text(f"NextJobId {first_job}\n")
    _write_backend(room.programs / "backend" / address.backend)


def _files(room: Room) -> str:
    said = FILES.format(root=room.root, programs=room.programs)
    return said + (f"User {FILTERS_USER}\nGroup {FILTERS_USER}\n" if os.geteuid() == 0 else "")


def _write_backend(path: Path) -> None:
    """A program around the real one, with its rights: cupsd runs as root what only root may execute. Who is not root
    may read such a program and not run it (Debian's usb and lpd), and runs a copy."""
    real = PROGRAMS / "backend" / path.name
    try:
        mode = real.stat().st_mode & 0o755
        if not os.access(real, os.X_OK):
            copy = path.with_name(f".{path.name}")
            shutil.copyfile(real, copy)
            copy.chmod(0o755)
            real, mode = copy, 0o755
    except OSError as exc:
        raise DeviceConfigError(NAME, f"no CUPS backend {path.name}: {exc.strerror}: apt-get install cups") from exc
    path.write_text(BACKEND.format(program=shlex.quote(str(real))))
    path.chmod(mode)
