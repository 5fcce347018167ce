"""What the builder reads of other programs: apt, depmod, veritysetup, systemd-analyze, the kernel's socket tables."""

from pathlib import Path

import pytest

from tools.image import emulation
from tools.image.compose import check_locked
from tools.image.errors import ImageError
from tools.image.gate import parse_exposure
from tools.image.initramfs import choose, module_name, parse_dependencies
from tools.image.mirror import Mirror, parse_targets
from tools.image.sockets import ANY, Listening, allowed, golden, of_user, parse_sockets, unexpected
from tools.image.squash import BLOCK, padded, parse_root_hash
from tools.image.toolbox import words

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def test_the_mirror_is_the_one_that_apt_has() -> None:
    lines = ["http://a.example/debian/|bookworm|Debian", "http://a.example/debian/|bookworm-updates|Debian"]
    lines.insert(0, "http://u.example/ubuntu/|noble|Ubuntu")
    found = parse_targets([*lines, "http://s.example/sec/|bookworm-security|Debian", ""])
    assert found == Mirror("http://a.example/debian", "http://s.example/sec")
    text = found.sources(backports=True)
    assert "deb http://s.example/sec trixie-security main" in text
    assert "deb http://a.example/debian trixie-backports main" in text
    assert "backports" not in found.sources(backports=False)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["http://a.example/|trixie|Debian"],
        ["http://a.example/|trixie-security|Debian"],
        ["http://a.example/|noble|Ubuntu", "http://a.example/|noble-security|Ubuntu"],
    ],
)
def test_no_mirror_is_made_up(lines: list[str]) -> None:
    with pytest.raises(ImageError, match="no archive of Debian"):
        parse_targets(lines)


def test_a_list_has_neither_comments_nor_blanks(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("# what\n\n one \ntwo\n")
    assert words(file) == ["one", "two"]


def test_modules_come_with_what_they_need_in_the_order_asked_for() -> None:
    dependencies = parse_dependencies("kernel/fs/b.ko.xz: kernel/lib/a-one.ko.xz\nkernel/lib/a-one.ko.xz:\n")
    chosen, files = choose(["b", "built-in", "a_one"], dependencies, ["kernel/built_in.ko"])
    assert chosen == ["b", "a_one"]
    assert files == {"kernel/fs/b.ko.xz", "kernel/lib/a-one.ko.xz"}
    assert module_name("kernel/x/sd_mod.ko") == "sd_mod"


def test_a_module_that_the_kernel_does_not_have_ends_the_build() -> None:
    with pytest.raises(ImageError, match="this kernel has no gone, lost"):
        choose(["gone", "b", "lost"], {"b.ko": []}, [])


def test_the_root_hash_is_found() -> None:
    said = f"UUID:            \t1\nHash type:       \t1\nRoot hash:      \t{'0a' * 32}\n"
    assert parse_root_hash(said) == "0a" * 32
    with pytest.raises(ImageError, match="no root hash"):
        parse_root_hash(said.replace("0a", "0g"))


def test_a_root_is_whole_blocks() -> None:
    assert [padded(size) for size in (0, 1, BLOCK, BLOCK + 1)] == [0, BLOCK, BLOCK, 2 * BLOCK]


def test_the_exposure_is_found() -> None:
    assert parse_exposure("x\n→ Overall exposure level for lockgate.service: 2.9 OK 🙂\n") == 2.9
    with pytest.raises(ImageError, match="no exposure"):
        parse_exposure("Failed to load unit")


def test_open_ends_are_found_and_conversations_are_not() -> None:
    text = (
        f"{HEAD}   0: 0100007F:21B7 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1 1\n"
        "   1: 0F02000A:A5B6 0202000A:20FB 01 00000000:00000000 00:00000000 00000000 0 0 2 1\n"
        f"{HEAD}   0: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 3\n"
        f"{HEAD}  77: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 4 2\n"
    )
    assert parse_sockets(text) == {Listening("127.0.0.1", 8631), Listening("::1", 22), Listening("0.0.0.0", 5353)}  # noqa: S104 (what a kernel says)


def test_a_user_s_own_sockets_are_found() -> None:
    ours = "  77: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000 991 0 4 2\n"
    other = "  78: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 991 2\n"
    assert of_user(HEAD + ours + other, 991) == ours


def test_another_text_is_no_socket_table() -> None:
    with pytest.raises(ImageError, match="no line of a socket table"):
        parse_sockets("cat: /proc/net/tcp6: No such file or directory\n")


def test_the_golden_list_is_the_panel_for_its_own_screen_and_the_lease() -> None:
    assert golden() == {Listening("127.0.0.1", 8631), Listening(ANY, 68)}
    assert unexpected({Listening("10.0.2.15", 68), Listening("127.0.0.1", 8631)}, golden()) == set()
    for other in (Listening("0.0.0.0", 8631), Listening("127.0.0.1", 22)):  # noqa: S104 (what a kernel says)
        assert unexpected({other}, golden()) == {other}
    assert allowed("::1 22  # x\n\n# y\n") == {Listening("::1", 22)}


@pytest.mark.parametrize("password", ["", "$y$j9T$x", "x"])
def test_nobody_may_have_a_password(password: str) -> None:
    check_locked("root:*:19000:0:99999:7:::\nlockgate:!*:19000::::::\n")
    with pytest.raises(ImageError, match="the user root has a password, or needs none"):
        check_locked(f"lockgate:!*:1::::::\nroot:{password}:19000:0:99999:7:::\n")


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        ("enabled\ninterpreter /usr/bin/qemu-aarch64\nflags: POCF\n", True),
        ("enabled\ninterpreter /usr/bin/qemu-aarch64\nflags: OC\n", False),
        ("disabled\nflags: F\n", False),
        ("", False),
    ],
)
def test_a_rule_counts_that_works_in_a_chroot(tmp_path: Path, rule: str, known: bool) -> None:
    (tmp_path / "qemu-aarch64").write_text(rule)
    assert emulation.is_known(tmp_path) is known
