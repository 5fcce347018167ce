"""What may keep PC/SC readers from being found, as files of the machine say it."""

from pathlib import Path

import pytest

from hal.drivers.pcsc_findings import findings, parse_driver_options


@pytest.mark.parametrize(
    ("options", "serious"), [("0x0001", []), ("0x0000", [False]), ("yes", [False])], ids=["on", "off", "rubbish"]
)
def test_findings_say_what_stands_in_the_way(tmp_path: Path, options: str, serious: list[bool]) -> None:
    (tmp_path / "etc").mkdir()
    plist = f"<plist><dict><key>ifdDriverOptions</key>\n\t<string>{options}</string></dict></plist>"
    (tmp_path / "etc/libccid_Info.plist").write_text(plist)
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/modules").write_text("pn533_usb 20480 0 - Live 0x0\nnfc 131072 1 pn533_usb, Live 0x0\n")
    found = findings(tmp_path, {})
    assert [one.serious for one in found] == [True, True, *serious]
    assert "pcscd does not run" in found[0].problem
    assert "blacklist pn533_usb" in found[1].remedy


def test_no_options_are_an_error() -> None:
    with pytest.raises(ValueError, match="no ifdDriverOptions"):
        parse_driver_options(b"<plist/>")
