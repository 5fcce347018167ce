"""What a private cupsd is told: cupsd.conf(5), cups-files.conf(5), client.conf(5), and its one backend."""

import os
import shlex
import shutil
from contextlib import suppress
from pathlib import Path

from hal.drivers.cups_address import NAME, CupsAddress
from hal.drivers.cups_room import FILTERS_USER, MARGIN, PROGRAMS, SHARE, Room
from hal.ports.errors import DeviceConfigError

QUEUE = "lockgate"

# No Port and no Listen but the socket: nothing on the network. A job is tried once (abort-job), and its history stays
# for us to learn how it ended; its file does not. MaxJobTime 0: a job may wait for paper over night. One that waits for
# its document and a connection that is silent are given up by the wall clock, which may be set meanwhile: never, here.
# LogDebugHistory 0: else it writes all that it knows of a job that failed, into memory that nobody empties.
CUPSD = """\
Listen {socket}
Browsing No
WebInterface No
DefaultShared No
DefaultAuthType None
LogLevel error
MaxLogSize 0
LogDebugHistory 0
AccessLogLevel config
PreserveJobFiles No
PreserveJobHistory Yes
MaxJobs 32
MaxJobTime 0
MultipleOperationTimeout 1000000000
Timeout 1000000000
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

# For the backends: where one comes to speak TLS after all, a certificate that nobody knows is refused.
CLIENT = """\
AllowAnyRoot No
AllowExpiredCerts No
TrustOnFirstUse No
ValidateCerts Yes
"""

# Each program runs inside a script. For cupsd, one that was killed (SIGKILL, SIGTERM: no memory, an administrator) has
# ended well: the job is `completed`, and half a document is on paper. Here it has failed; and while a script lives its
# mark lies in TMPDIR, so that the end of one that was killed itself is known for what it is: not known. When it has
# ended the mark stays under another name, and says which pipes it had: one that was killed before it could leave a mark
# is missing between those that did. The input goes
# by way of 7: a shell gives what it runs beside itself an empty one, and a backend that reads an empty one is content:
# cupsd says `completed`, and nothing is printed.
# A filter that finds no room for its temporary files says nothing, either, and hands on what it has. So there has to be
# room when it begins and when it has ended, and none of its files may be larger than a share of it (SIGXFSZ).
MARK, ENDED = "at-work-", "ended-"
SCRIPT = """\
#!/bin/sh
program={program}
[ $# -gt 0 ] || exec "$program"
name=${{1##*/}}-$$
mark=$TMPDIR/{mark}$name
: >"$mark" || exit 1
pipes=$(readlink /proc/$$/fd/0 /proc/$$/fd/1)
echo {kind} ${{6:+file}} $pipes >"$mark"
has_room() {{
room=$(($(stat -f -c '%a*%S' "$TMPDIR")))
[ $room -ge {margin} ]
}}
{guard} || exit 1
child= told=
trap 'told=yes; [ -z "$child" ] || kill -TERM $child' TERM
exec 7<&0
"$program" "$@" <&7 7<&- &
child=$!
[ -z "$told" ] || kill -TERM $child
wait $child
code=$?
while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
mv -f "$mark" "$TMPDIR/{ended}$name"
{after} || exit 1
case $code in {well}) exit $code ;; {pardoned}) exit 0 ;; esac
exit 1
"""
# A backend's exit status tells cupsd to try once more, to hold the job or to stop the queue (backend(7)). All of these
# are the end of the job here: what came out of a printer must not come out again unasked, and no queue stays stopped.
# A canceled job's is what it is, and so is success.
BACKEND = {
    "kind": "backend",
    "mark": MARK,
    "ended": ENDED,
    "well": "0 | 5",
    "pardoned": "none",
    "guard": "true",
    "after": "true",
}
# SIGPIPE is what a filter gets whose reader has what it needs; where that one failed, it says so itself.
GUARD = f"has_room && ulimit -f $((room / {SHARE - 1} / 512))"
FILTER = {
    "kind": "filter",
    "mark": MARK,
    "ended": ENDED,
    "well": "0",
    "pardoned": "141",
    "guard": GUARD,
    "after": "has_room",
}


def write(room: Room, address: CupsAddress, first_job: int) -> None:
    """Write it all into the room; its first job will be numbered `first_job`. Raises `DeviceConfigError`."""
    etc = room.root / "etc"
    most = address.spool + (1 << 20)
    (etc / "cupsd.conf").write_text(CUPSD.format(socket=room.socket, most=most))
    (etc / "cups-files.conf").write_text(_files(room))
    (etc / "client.conf").write_text(CLIENT)
    (room.root / "cache" / "job.cache").write_text(f"NextJobId {first_job}\n")
    _write_backend(room.programs / "backend" / address.backend)
    _write_filters(room.programs / "filter")


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
    path.write_text(SCRIPT.format(program=shlex.quote(str(real)), margin=MARGIN, **BACKEND))
    path.chmod(mode)


def _write_filters(folder: Path) -> None:
    """One script under all their names: which of them it is, it sees by its own."""
    real = PROGRAMS / "filter"
    script = folder / f".{folder.name}"
    script.write_text(SCRIPT.format(program=f'{shlex.quote(str(real))}/"${{0##*/}}"', margin=MARGIN, **FILTER))
    script.chmod(0o755)
    with suppress(FileNotFoundError):  # a cupsd without filters; its queue may be raw
        for one in real.iterdir():
            if one.is_file() and os.access(one, os.X_OK):
                (folder / one.name).symlink_to(script.name)
