"""What a start of a station is spared: Debian's units, generators, rules and tables for what no station has.

The kernel and udev still load a driver and make a node for each device there is; what goes is what people at a desk
need (logins, cameras, discs, vendors' names), and what waits for that.
"""

from pathlib import Path

SPARED_UNITS = (
    # file systems that nothing here uses
    *("dev-hugepages.mount", "dev-mqueue.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount"),
    *("sys-fs-fuse-connections.mount", "sys-kernel-config.mount", "proc-sys-fs-binfmt_misc.automount"),
    # people who log in, passwords that are asked for, names that are set by hand
    *("systemd-logind.service", "systemd-user-sessions.service", "getty.target", "systemd-hostnamed.socket"),
    *("systemd-ask-password-console.path", "systemd-ask-password-wall.path"),
    # other ways to boot and to be told something: hibernation, a TPM's measurements, credentials, extensions
    *("systemd-hibernate-clear.service", "systemd-pcrmachine.service", "systemd-tpm2-setup-early.service"),
    *("systemd-udev-load-credentials.service", "systemd-creds.socket", "systemd-sysext.socket"),
    *("systemd-network-generator.service", "systemd-initctl.socket", "systemd-journal-flush.service"),
)
"""Masked in the image; the bare Debian beside which it is measured has them."""
SPARED_GENERATORS = (
    *("systemd-getty-generator", "systemd-gpt-auto-generator", "systemd-hibernate-resume-generator"),
    *("systemd-rc-local-generator", "systemd-ssh-generator", "systemd-system-update-generator"),
    *("systemd-sysv-generator", "systemd-tpm2-generator"),
)
SPARED_RULES = (
    *("60-autosuspend", "60-cdrom_id", "60-dmi-id", "60-fido-id", "60-infiniband", "60-persistent-storage-mtd"),
    *("60-persistent-storage-tape", "60-persistent-v4l", "60-sensor", "64-btrfs", "70-camera", "70-joystick"),
    *("70-memory", "70-power-switch", "70-uaccess", "71-seat", "73-seat-late", "75-probe_mtd", "90-iocost"),
    "96-e2scrub",
)
KEPT_TABLES = ("60-evdev", "60-input-id", "60-keyboard", "70-mouse", "70-pointingstick", "70-touchpad")
"""Of hwdb(7): what a screen's input needs. The rest are names of vendors, a dozen megabytes."""
GENERATORS = "etc/systemd/system-generators"


def spare(root: Path) -> None:
    """Take them out of a root file system, before its tables are compiled; `SPARED_UNITS` are masked with the others.
    `FileNotFoundError` where Debian has none of that name any more."""
    for name in SPARED_RULES:
        (root / "usr/lib/udev/rules.d" / f"{name}.rules").unlink()
    for table in (root / "usr/lib/udev/hwdb.d").glob("*.hwdb"):
        if table.stem not in KEPT_TABLES:
            table.unlink()
    (root / GENERATORS).mkdir(parents=True)
    for name in SPARED_GENERATORS:
        (root / "usr/lib/systemd/system-generators" / name).stat()
        (root / GENERATORS / name).symlink_to("/dev/null")
