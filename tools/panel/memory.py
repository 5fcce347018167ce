"""`python -m tools.panel.memory`: what a kiosk's browser takes of a board's memory, measured on this machine: started
as the kiosk's unit starts it, but on a screen that is not there, as a user who may do nothing (run as root)."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.demo.processes import DemoError
from tools.panel.cast import Paper, Person
from tools.panel.rig import START, Rig, rig

KIOSK = Path(__file__).parents[2] / "images" / "kiosk"
USER = 64_999
"""Nobody has this number, so that all of its processes are the kiosk's."""
KIB = 1024
READER = Person("reader", "04A8000001", idle_seconds=3600)
JOBS, VISITS = 20, 10
SCREEN = {"WLR_BACKENDS": "headless", "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1"}
"""wlroots without a screen, a GPU or keys (its docs/env_vars.md)."""
CALM_SECONDS, PATIENCE_SECONDS = 3.0, 60.0
BROWSERS = ("chromium-panel", "cog-panel")


def main() -> int:
    """A line for each browser that is installed. The exit code: 1 where there is none."""
    if os.geteuid() or not shutil.which("cage"):
        print("memory: needs root, cage, xwayland, and chromium or cog", file=sys.stderr)
        return 1
    found = [name for name in BROWSERS if shutil.which(name.removesuffix("-panel"))]
    for name in found:
        with (
            tempfile.TemporaryDirectory(prefix="lockgate-kiosk-") as directory,
            rig(Path(directory), (READER,)) as made,
        ):
            for number in range(JOBS):
                made.office.submit(READER, Paper(f"Document {number + 1}", 1))
            _measure(name, made)
    return 0 if found else 1


def _measure(name: str, made: Rig) -> None:
    with _kiosk(name, made) as process:
        _wait(made, process)
        ready = pss_mib()
        for _ in range(VISITS):
            made.tap(READER)
            made.until("listed")
            time.sleep(CALM_SECONDS)
            seen = pss_mib()
            made.tap(READER)
            made.until("closed")
        after = pss_mib()
    print(f"{name}: ready {ready:.0f} MiB, list of {JOBS} jobs {seen:.0f} MiB, after {VISITS} visits {after:.0f} MiB")


@contextmanager
def _kiosk(name: str, made: Rig) -> Iterator["subprocess.Popen[bytes]"]:
    with tempfile.TemporaryDirectory(prefix="lockgate-screen-") as home:
        start = Path(home) / "panel-start.html"
        shutil.copyfile(made.office.directory / f"{START}.html", start)
        shutil.copytree(KIOSK, Path(home) / "kiosk")
        for path in (Path(home), start):
            os.chown(path, USER, USER)
        variables = {"PATH": os.environ["PATH"], "HOME": home, "XDG_RUNTIME_DIR": home, **SCREEN, **keys(Path(home))}
        who = ("setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups", "--no-new-privs")
        command = [*who, "cage", "-d", "--", f"{home}/kiosk/{name}", str(start)]
        with (Path(home) / "log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd="/",
                env=variables,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                yield process
            except DemoError as exc:
                raise DemoError(f"{exc}: {(Path(home) / 'log').read_text(errors='replace')[-500:]}") from exc
            finally:
                process.terminate()
                process.wait(PATIENCE_SECONDS)
                _end_all()


def keys(home: Path) -> dict[str, str]:
    """The unit's keymap."""
    extra = str(home / "kiosk" / "xkb")
    return {"XKB_CONFIG_EXTRA_PATH": extra, "XKB_DEFAULT_RULES": "lockgate", "XKB_DEFAULT_LAYOUT": "lockgate"}


def _wait(made: Rig, process: "subprocess.Popen[bytes]") -> None:
    """Until the browser takes the page's events, and its memory stays what it is. Raises `DemoError`."""
    end, before = time.monotonic() + PATIENCE_SECONDS, 0.0
    while time.monotonic() < end:
        time.sleep(CALM_SECONDS)
        now = pss_mib()
        if process.poll() is not None:
            raise DemoError(f"the kiosk ended with {process.returncode}")
        if now and abs(now - before) < 2.0:
            return
        before = now
    raise DemoError(f"the kiosk never came to rest at {made.url.rpartition('/')[0]}")


def _end_all() -> None:
    """A browser outlives its screen for a moment, and writes into its profile meanwhile."""
    while running := [process for process in _processes() if _pss_kib(process)]:
        for process in running:
            with suppress(ProcessLookupError):
                os.kill(int(process.name), signal.SIGKILL)
        time.sleep(0.1)


def _processes() -> list[Path]:
    return [process for process in Path("/proc").iterdir() if process.name.isdigit()]


def pss_mib() -> float:
    """What all of its processes take, what they share counted once (proc_pid_smaps_rollup(5))."""
    return sum(map(_pss_kib, _processes())) / KIB


def _pss_kib(process: Path) -> int:
    try:
        if process.stat().st_uid != USER:
            return 0
        lines = (process / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    sys.exit(main())
