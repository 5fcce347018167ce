"""What keeps a card from being written: for each stable code what to do about it, and the exit status."""

from enum import IntEnum

from firmware.errors import LockgateError


class Exit(IntEnum):
    """How the command ends."""

    WRITTEN = 0
    FAILED = 1
    USAGE = 2
    IMAGE = 3
    DISK = 4
    MEDIUM = 5
    PROVISIONING = 6
    TOOL = 7
    INTERRUPTED = 130


EXITS = {
    Exit.WRITTEN: "done",
    Exit.FAILED: "an internal fault",
    Exit.USAGE: "wrong arguments, or nobody could be asked",
    Exit.IMAGE: "the image is not the one that was signed, or cannot be read",
    Exit.DISK: "this disk is refused; it was not touched",
    Exit.MEDIUM: "the disk failed while it was written: it does not start",
    Exit.PROVISIONING: "the site's settings are refused or could not be written",
    Exit.TOOL: "a program that is needed is missing or failed",
    Exit.INTERRUPTED: "interrupted",
}


class FlashError(LockgateError):
    """Any of the codes in `_TABLE`."""

    code = "disk-failed"


_ANOTHER_IMAGE = "fetch image, manifest and signature again, from where the release is"
_ANOTHER_CARD = "try once more; if it happens again, use another card or reader"
_TABLE: dict[str, tuple[Exit, str]] = {
    "image-unreadable": (Exit.IMAGE, "check the name, and that you may read the file"),
    "image-unsigned": (Exit.IMAGE, "the manifest and its signature lie beside the image; or name them"),
    "image-untrusted": (Exit.IMAGE, "somebody else has signed it, or nobody: " + _ANOTHER_IMAGE),
    "image-unlisted": (Exit.IMAGE, "keep the name that the image has in the release"),
    "image-mismatch": (Exit.IMAGE, _ANOTHER_IMAGE),
    "image-format": (Exit.IMAGE, "an image ends in .img, .img.xz or .img.zst"),
    "release-key-missing": (Exit.IMAGE, "say --key FILE with the public key of whoever makes the images"),
    "release-key-malformed": (Exit.IMAGE, "an Ed25519 key in PEM is wanted"),
    "release-unwritten": (Exit.USAGE, "name a place that may be written to"),
    "disk-unknown": (Exit.DISK, "see which there are: lockgate-flash list"),
    "disk-fixed": (Exit.DISK, "see which there are: lockgate-flash list"),
    "disk-system": (Exit.DISK, "this machine runs from it"),
    "disk-mounted": (Exit.DISK, "save what is on it, unmount it, then try again"),
    "disk-busy": (Exit.DISK, "close what uses it, then try again"),
    "disk-too-small": (Exit.DISK, "use a larger card"),
    "disk-read-only": (Exit.DISK, "move the card's lock, or use another card"),
    "disk-changed": (Exit.DISK, "see which there are now: lockgate-flash list"),
    "disk-is-image": (Exit.DISK, "name another file: this one would be lost"),
    "disk-denied": (Exit.DISK, 'run it as root: sudo "$(command -v lockgate-flash)" …'),
    "disk-full": (Exit.MEDIUM, "free some room, or use a larger card"),
    "disk-failed": (Exit.MEDIUM, _ANOTHER_CARD),
    "disk-mismatch": (Exit.MEDIUM, "it does not keep what is written to it: throw it away"),
    "flash-interrupted": (Exit.INTERRUPTED, "the disk does not start: write it again"),
    "flash-declined": (Exit.INTERRUPTED, "nothing was written"),
    "flash-unasked": (Exit.USAGE, "in scripts say --disk NAME or --file FILE, and --yes; nothing was written"),
    "provisioning-malformed": (Exit.PROVISIONING, "see firmware/docs/provisioning.md"),
    "provisioning-key-unknown": (Exit.PROVISIONING, "see firmware/docs/provisioning.md"),
    "provisioning-clash": (Exit.PROVISIONING, "say it in one of the files only"),
    "provisioning-unwritten": (
        Exit.PROVISIONING,
        "the image itself is on the disk: lockgate-flash provision does the rest",
    ),
    "provisioning-interrupted": (Exit.INTERRUPTED, "the image is on the disk: say the same again"),
    "tool-missing": (Exit.TOOL, "install the package that is named"),
}


def exit_status(error: LockgateError) -> Exit:
    """How the command ends for this error."""
    return _TABLE[error.code][0] if error.code in _TABLE else Exit.FAILED


def advice(error: LockgateError) -> str:
    """What to do about it; empty where nobody knows."""
    return _TABLE[error.code][1] if error.code in _TABLE else ""
