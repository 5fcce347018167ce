"""Programs of a private cupsd that are killed on the way: what cupsd calls completed then is not, and is not told."""

import os
import signal
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from hal.drivers import cups_config, cups_marks
from hal.drivers.cups_daemon import members
from hal.drivers.cups_printer import CupsPrinter
from hal.ports.errors import PrinterRefusedError
from hal.ports.printer import JobState, PrinterState
from tests.support import aio, cups_rig
from tests.support.cups_jobs import LIMIT, NOT_FOUND, eventually, over, sent
from tests.support.cups_rig import Gutter
from tools.demo.sample import sample_pdf

LAST_FILTERS = ("gstoraster", "pdftoraster", "mupdftoraster")
"""From PDF to what the printer takes: one of them, whichever cupsd prefers."""
FILTER = """\
#!/bin/sh
cat >/dev/null
printf RaS2half
echo $$ >"{folder}/filter-$1.part" && mv "{folder}/filter-$1.part" "{folder}/filter-$1"
while [ -e "{folder}/shut" ]; do sleep 0.02; done
"""
"""Writes the beginning, and waits while `shut` is there"""
ENDS_ITSELF = """\
#!/bin/sh
read -r word; [ "$word" = input ] || exit 9
[ "$6" != signal ] || kill -$5 $$
exit $5
"""
LINGERS = """\
#!/bin/sh
trap 'ended=1' TERM
: >"$TMPDIR/../begun"
while [ -z "$ended" ]; do sleep 0.02; done
: >"$TMPDIR/../told"
while [ -e "$TMPDIR/../lingers" ]; do sleep 0.02; done
exit 5
"""
"""A backend that has something to finish once it is told to end"""
KILLS = [signal.SIGKILL, signal.SIGTERM]


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def killing(gutter: Gutter, act: Callable[[CupsPrinter, int, int], Awaitable[None]]) -> None:
    """`act` gets the printer, the job, and the process of its last filter, which stands still half way."""

    async def main() -> None:
        gutter.filters(dict.fromkeys(LAST_FILTERS, FILTER.format(folder=gutter.folder)))
        printer = cups_rig.opened_at(gutter.device, model=cups_rig.PWG)
        gutter.shut()
        job_id = await sent(printer, sample_pdf())
        note = gutter.folder / f"filter-{job_id}"
        await eventually(note.exists)
        await act(printer, job_id, int(note.read_text()))
        await eventually(lambda: members(printer.server.pid) == [printer.server.pid])
        assert (await printer.status()).state is PrinterState.IDLE
        if (gutter.folder / "shut").exists():
            gutter.let_go()
        assert (await over(printer, await sent(printer, sample_pdf()))).state is JobState.COMPLETED
        await printer.aclose()

    aio.run(main())


@pytest.mark.parametrize(
    ("kind", "how", "number", "becomes"),
    [
        *(("filter", "exit", *one) for one in ((0, 0), (1, 1), (5, 1), (99, 1))),
        *(("filter", "signal", *one) for one in ((9, 1), (15, 1), (11, 1), (13, 0))),
        *(("backend", "exit", *one) for one in ((0, 0), (5, 5), (1, 1), (4, 1), (7, 1))),
        *(("backend", "signal", *one) for one in ((9, 1), (15, 1), (11, 1), (13, 1))),
    ],
)
def test_what_an_end_becomes(tmp_path: Path, kind: str, how: str, number: int, becomes: int) -> None:
    """That its mark says so then is part of it."""
    said = {"filter": cups_config.FILTER, "backend": cups_config.BACKEND}[kind]
    program, script = tmp_path / "program", tmp_path / "script"
    program.write_text(ENDS_ITSELF)
    program.chmod(0o755)
    script.write_text(cups_config.SCRIPT.format(program=program, margin=0, **said))
    (tmp_path / "tmp").mkdir()
    words = ["/bin/sh", str(script), "7", "lockgate", "title", "1", str(number), how]
    ended = subprocess.run(words, input=b"input\n", env={"TMPDIR": str(tmp_path / "tmp")}, check=False)
    assert ended.returncode == becomes
    (mark,) = (tmp_path / "tmp").iterdir()
    assert mark.name.rpartition("-")[0] == f"{cups_config.ENDED}7"
    assert mark.read_text().split()[:2] == [kind, "file"]


def test_what_the_script_is_told_its_program_is_told_and_waited_for(tmp_path: Path) -> None:
    """Whoever ends it alone: the device is nobody else's before its program has ended, whose end is what counts."""
    program, script, mark = tmp_path / "program", tmp_path / "script", tmp_path / "tmp"
    program.write_text(LINGERS)
    program.chmod(0o755)
    said = {"program": program, "margin": 0, **cups_config.BACKEND}
    script.write_text(cups_config.SCRIPT.format(**said))
    mark.mkdir()
    (tmp_path / "lingers").touch()
    words = ["/bin/sh", str(script), "7", "lockgate", "title", "1", ""]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, env={"PATH": os.defpath, "TMPDIR": str(mark)}) as running:
        aio.run(eventually((tmp_path / "begun").exists))
        running.send_signal(signal.SIGTERM)
        aio.run(eventually((tmp_path / "told").exists))
        assert running.poll() is None
        assert [one.name.rpartition("-")[0] for one in mark.iterdir()] == [f"{cups_config.MARK}7"]
        (tmp_path / "lingers").unlink()
        assert running.wait(LIMIT) == 5
    assert [one.name.rpartition("-")[0] for one in mark.iterdir()] == [f"{cups_config.ENDED}7"]


@pytest.mark.parametrize("said", [cups_config.FILTER, cups_config.BACKEND], ids=["filter", "backend"])
def test_a_signal_before_the_script_listens_to_it_leaves_the_mark(tmp_path: Path, said: dict[str, str]) -> None:
    """cupsd takes SIGTERM for a good end; the program has not begun, and the mark says that it is not known."""
    script = tmp_path / "script"
    early = {**said, "guard": "kill -TERM $$"}
    script.write_text(cups_config.SCRIPT.format(program="/bin/touch", margin=0, **early))
    (tmp_path / "tmp").mkdir()
    words = ["/bin/sh", str(script), "7", "lockgate", "title", "1", str(tmp_path / "begun")]
    ended = subprocess.run(words, env={"PATH": os.defpath, "TMPDIR": str(tmp_path / "tmp")}, check=False)
    assert ended.returncode == -signal.SIGTERM
    assert cups_marks.lost_a_program(tmp_path / "tmp", 7)
    assert not (tmp_path / "begun").exists()


@pytest.mark.parametrize("kill", KILLS)
@pytest.mark.parametrize("which", ["pdftopdf", "*toraster", "gutter"])
def test_a_script_that_was_killed_before_its_first_line_has_completed_nothing(
    gutter: Gutter, monkeypatch: pytest.MonkeyPatch, which: str, kill: signal.Signals
) -> None:
    """Whichever of them, from the document to the device: cupsd is content with what the others make of nothing."""
    note = gutter.folder / "killed"
    at_once = f"case $#,${{{{0##*/}}}} in [1-9]*,{which}) : >{note}; kill -{int(kill)} $$ ;; esac\n"
    first, _, rest = cups_config.SCRIPT.partition("\n")
    monkeypatch.setattr(cups_config, "SCRIPT", f"{first}\n{at_once}{rest}")

    async def main() -> None:
        printer = cups_rig.opened_at(gutter.device, model=cups_rig.PWG)
        job_id = await sent(printer, sample_pdf())
        with pytest.raises(PrinterRefusedError) as caught:
            await over(printer, job_id)
        assert (caught.value.status, note.exists()) == (NOT_FOUND, True)
        await printer.aclose()

    aio.run(main())


def test_a_program_that_cannot_leave_its_mark_does_not_begin(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(cups_config.SCRIPT.format(program="/bin/true", margin=0, **cups_config.BACKEND))
    words = ["/bin/sh", str(script), "7", "lockgate", "title", "1", ""]
    assert subprocess.run(words, env={"TMPDIR": str(tmp_path / "nowhere")}, check=False, capture_output=True).returncode


@pytest.mark.parametrize("kill", KILLS)
def test_a_filter_that_was_killed_has_completed_nothing(gutter: Gutter, kill: signal.Signals) -> None:
    async def act(printer: CupsPrinter, job_id: int, filter_pid: int) -> None:
        os.kill(filter_pid, kill)
        gutter.let_go()
        assert (await over(printer, job_id)).state is JobState.ABORTED
        assert gutter.taken(job_id) in (b"", b"RaS2half")
        root = printer.server.root
        assert root is not None
        await eventually(lambda: not list((root / "spool").glob("d*")))  # cupsd would keep it for another try

    killing(gutter, act)


def test_how_it_ended_is_not_known_where_a_filters_script_was_killed(gutter: Gutter) -> None:
    async def act(printer: CupsPrinter, job_id: int, filter_pid: int) -> None:
        name = (await printer.job_status(job_id)).name
        os.kill(parent(filter_pid), signal.SIGKILL)
        gutter.let_go()
        with pytest.raises(PrinterRefusedError) as caught:
            await over(printer, job_id)
        assert caught.value.status == NOT_FOUND
        assert await printer.find_job(name) is None

    killing(gutter, act)


def test_a_job_that_is_cancelled_in_a_filter_is_canceled(gutter: Gutter) -> None:
    async def act(printer: CupsPrinter, job_id: int, _filter_pid: int) -> None:
        await printer.cancel_job(job_id)
        assert (await over(printer, job_id)).state is JobState.CANCELED

    killing(gutter, act)


@pytest.mark.parametrize("kill", KILLS)
def test_a_backend_that_was_killed_has_completed_nothing(gutter: Gutter, kill: signal.Signals) -> None:
    async def main() -> None:
        printer = gutter.opened()
        gutter.shut()
        job_id = await sent(printer, b"%PDF")
        await eventually(lambda: gutter.waits(job_id))
        (script,) = children(printer.server.pid)
        (backend,) = children(script)
        os.kill(backend, kill)
        assert (await over(printer, job_id)).state is JobState.ABORTED
        gutter.let_go()
        assert (await over(printer, await sent(printer, b"%!PS"))).state is JobState.COMPLETED
        await printer.aclose()

    aio.run(main())


def test_how_it_ended_is_not_known_where_the_backends_script_was_killed(gutter: Gutter) -> None:
    """The backend itself goes on: cupsd lets nothing else to the device until it has ended, and is then content."""

    async def main() -> None:
        printer = gutter.opened()
        gutter.shut()
        job_id = await sent(printer, b"%PDF")
        await eventually(lambda: gutter.waits(job_id))
        (script,) = children(printer.server.pid)
        os.kill(script, signal.SIGKILL)
        later = await sent(printer, b"%!PS")
        assert (await printer.job_status(later)).state is JobState.PENDING
        gutter.let_go()
        assert (await over(printer, later)).state is JobState.COMPLETED
        with pytest.raises(PrinterRefusedError) as caught:
            await printer.job_status(job_id)
        assert caught.value.status == NOT_FOUND
        assert gutter.taken(later) == b"%!PS"
        await printer.aclose()

    aio.run(main())
