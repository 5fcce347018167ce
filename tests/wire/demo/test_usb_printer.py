"""The demonstration's printer at an emulated USB bus, printed on by a process under its command."""

from pathlib import Path

from tests.support.usblp_rig import PrinterProcess
from tools.demo import printers


def test_what_runs_under_its_command_prints_on_it(tmp_path: Path) -> None:
    printers.check("ipp-usb")
    with printers.printer("ipp-usb", tmp_path) as chosen:
        rig = PrinterProcess(chosen, chosen.uri)
        try:
            assert rig.ask("status")["state"] == "idle"
            assert "error" not in rig.print(70_000, size=70_000)
        finally:
            rig.close()
        delivered = chosen.delivered()
        assert delivered is not None
        assert delivered.read_bytes() == bytes(70_000)
