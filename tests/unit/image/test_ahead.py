"""The list of what a start reads: files of the image, each once, in one order; and who reads it."""

from pathlib import Path

from tools.image import ahead
from tools.image.workplace import RECIPE

SAID = """\tlibssl.so.3 => /usr/lib/aarch64-linux-gnu/libssl.so.3 (0x0000007f8e0a0000)
\tlibc.so.6 => /usr/lib/aarch64-linux-gnu/libc.so.6 (0x0000007f8dcb0000)
\t/lib/ld-linux-aarch64.so.1 => /usr/lib/ld-linux-aarch64.so.1 (0x0000007f8e1d0000)
\tlinux-vdso.so.1 (0x0000007f8e1f0000)
"""


def test_the_loader_is_understood() -> None:
    assert ahead.libraries([SAID, "\tstatically linked\n"]) == [
        "/usr/lib/aarch64-linux-gnu/libssl.so.3",
        "/usr/lib/aarch64-linux-gnu/libc.so.6",
        "/usr/lib/ld-linux-aarch64.so.1",
    ]


def test_only_files_of_the_image_are_named_and_each_once(tmp_path: Path) -> None:
    for name in ("usr/b.pyc", "usr/a.so", "usr/with space"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    named = ["/usr/b.pyc", "/usr/a.so", "", "/usr/b.pyc", "/usr/none", "/usr", "/usr/with space"]
    assert ahead.chosen(tmp_path, named) == ["usr/a.so", "usr/b.pyc"]


def test_the_initramfs_reads_it() -> None:
    assert str(ahead.LIST) in (RECIPE / "initramfs" / "init").read_text()
