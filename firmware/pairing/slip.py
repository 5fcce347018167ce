"""The pairing slip: a page with the code in large figures."""

from math import ceil
from typing import TYPE_CHECKING

from firmware.pairing.port import CodeNotice
from firmware.paper import Sheet

if TYPE_CHECKING:
    from PIL.Image import Image

CODE_TOP, CODE_SIZE = 560, 150
"""Where the figures begin, and how tall they are, in pixels."""
_LINE = 1.35


def page(notice: CodeNotice) -> "Image":
    """The page in black and white (1 bit), as large as a sheet. Raises `UnprintableError` without Pillow."""
    sheet = Sheet()
    sheet.text(150, 64, "Pairing slip")
    sheet.text(270, 44, f"{notice.kind.capitalize()}: {notice.name}")
    sheet.text(340, 30, "Organisation: not known before the approval")
    sheet.text(390, 30, f"Mesh: {notice.url}")
    sheet.text(CODE_TOP - 70, 36, "Code")
    sheet.text(CODE_TOP, CODE_SIZE, notice.code)
    top = CODE_TOP + CODE_SIZE * _LINE + 60
    for line in _instructions(notice):
        sheet.text(top, 32, line)
        top += 32 * _LINE
    return sheet.image()


def _instructions(notice: CodeNotice) -> tuple[str, ...]:
    minutes = max(1, ceil(notice.seconds / 60))
    groups = [notice.fingerprint[start : start + 8] for start in range(0, len(notice.fingerprint), 8)]
    return (
        f"Good for {minutes} minutes from now; a later slip has another code.",
        "",
        "An administrator of the mesh types this code at the mesh's own",
        "administration. If the code is refused, somebody may stand between",
        "this box and the mesh: do not use the box, and look at the network.",
        "",
        "The mesh answered under a CA with this SHA-256 fingerprint:",
        *(" ".join(groups[start : start + 4]) for start in range(0, len(groups), 4)),
        "",
        "Worthless once the box is paired: throw it away.",
    )
