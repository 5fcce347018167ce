"""Documents that want more than to be drawn, people who do not wait, machines that do not let: none of it gets out."""

import os
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from hal.drivers import confined, mutool_converter, mutool_runs
from hal.drivers.confined import Limits, command
from hal.drivers.memory_file import append, memory_file
from hal.drivers.mutool_converter import MutoolConverter
from hal.ports.converter import ConversionError
from tests.support.aio import run
from tests.support.converting import SQUARE, chunks, made, pdf, seen_by_cups, wanted
from tools.pdf import pdf_file

MIB = 1 << 20
PERL = "/usr/bin/perl"
CANARY = b"CANARY-51d0c7"


def converter() -> MutoolConverter:
    return MutoolConverter(64 * MIB, Limits(1 << 30, 10))


def with_catalog(words: bytes) -> bytes:
    """One page, and more in the catalog than pages."""
    return pdf_file(
        [
            b"<< /Type /Catalog /Pages 2 0 R %b >>" % words,
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] /MediaBox [0 0 595 842] >>",
            b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>",
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(SQUARE), SQUARE),
        ]
    )


@pytest.mark.parametrize(
    "words",
    [
        b"/OpenAction << /S /Launch /F (/bin/sh) /P (-c id) >>",
        b"/OpenAction << /S /JavaScript /JS (app.launchURL\\('http://127.0.0.1:9/'\\); while \\(true\\) {}) >>",
        b"/OpenAction << /S /URI /URI (http://127.0.0.1:9/) >>",
        b"/Names << /EmbeddedFiles << /Names [(x) << /Type /Filespec /F (/etc/passwd) /EF << /F 4 0 R >> >>] >> >>",
        b"/AcroForm << /XFA 4 0 R /Fields [] /NeedAppearances true >>",
    ],
)
def test_what_a_document_wants_to_be_done_is_not_done(words: bytes) -> None:
    with_it, without = (run(made(converter(), with_catalog(more), wanted())) for more in (words, b""))
    assert with_it == without


def test_a_reference_to_a_file_or_a_host_is_not_followed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        place = b"http://127.0.0.1:%d/x" % server.getsockname()[1]
        outside = b"/Length 0 /F << /FS /URL /F (%b) >>" % place
        raw = with_catalog(b"").replace(b"/Length %d" % len(SQUARE), outside)
        with suppress(ConversionError):
            run(made(converter(), raw, wanted()))
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_font_that_is_missing_is_replaced() -> None:
    fonts = b"/Resources << /Font << /F1 << /Type /Font /Subtype /TrueType /BaseFont /NoSuchFont >> >> >> /Contents"
    text = b"BT /F1 40 Tf 60 400 Td (words) Tj ET"
    raw = pdf(1, content=text).replace(b"/Contents", fonts)
    (page,) = seen_by_cups(run(made(converter(), raw, wanted())))
    assert any(min(row) == 0 for row in page.rows)


@pytest.mark.parametrize(("size", "media"), [((3, 3), ""), ((3, 3), "iso_a4_210x297mm"), ((14400, 3), "")])
def test_very_small_pages(size: tuple[int, int], media: str) -> None:
    assert len(seen_by_cups(run(made(converter(), pdf(2, size), wanted(media=media))))) == 2


def refused(one: MutoolConverter, raw: bytes, **more: object) -> ConversionError:
    with pytest.raises(ConversionError) as caught:
        run(made(one, raw, wanted(**more)))  # type: ignore[arg-type]
    assert CANARY.decode() not in repr(caught.value)
    return caught.value


def test_ten_kilometres_are_too_much() -> None:
    assert refused(converter(), pdf(1, (28_346_457, 28_346_457)), media="").code == "document-too-heavy"


def test_more_pages_than_anybody_prints() -> None:
    assert refused(converter(), pdf(20_001, content=b"")).code == "document-too-heavy"


MISDEEDS = {
    "it says things for ever": ("while (1) { print STDERR 'error: ' x 1000 }", "converter-failed"),
    "it writes for ever": ("while (1) { print 'x' x 65536 }", "converter-failed"),
    "it says nothing and ends": ("exit 0", "document-broken"),
    "it ends badly": ("exit 7", "document-broken"),
    "it is killed": ("kill 9, $$", "converter-failed"),
}


@pytest.mark.parametrize("misdeed", list(MISDEEDS))
def test_whatever_it_does_there_is_a_code(misdeed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutool that does something else once it is to draw, in the same box."""
    script, code = MISDEEDS[misdeed]
    with memory_file() as kept:
        append(kept, script.encode())
        real = confined.running
        words = command([PERL, f"/proc/self/fd/{kept}"], Limits(256 * MIB, 1))  # not -e: there is no /dev/null for it
        monkeypatch.setattr(
            mutool_runs, "running", lambda _, stdin, phrases: real(words, stdin, (kept,), phrases=phrases)
        )
        assert refused(converter(), pdf()).code == code


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split())


def test_nobody_reads_on() -> None:
    """It waits with a page and no more; when it is let go in the middle of one, nothing is left."""
    before = children()  # of other tests' peers

    async def scene() -> None:
        noise = b"".join(b"%d %d 3 3 re f " % (x * 7 % 590, x * 11 % 840) for x in range(20000))
        making = converter().convert(chunks(pdf(40, content=noise)), wanted(dpi=300))
        for _ in range(3):
            await anext(making)
        await making.aclose()

    run(scene())
    assert not children() - before


def test_nothing_of_it_on_a_disk_or_in_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    caplog.set_level(0)
    broken = pdf(3, content=b"% " + CANARY + b"\n" + SQUARE + b" BT (" + CANARY)
    error = refused(converter(), broken)
    assert (error.code, list(tmp_path.iterdir())) == ("document-broken", [])
    assert CANARY.decode() not in caplog.text


def test_without_user_namespaces_the_doctor_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    refusing.chmod(0o755)
    monkeypatch.setattr(confined, "BWRAP", str(refusing))
    (found,) = mutool_converter.findings()
    assert found.serious
    assert "user namespaces" in found.remedy
