"""What stands in a device's way, found by looking at the machine and not at the device."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`problem` says what is so, `remedy` what to do about it, both to the technician and without anything secret.
    `serious`: the device cannot do its work before that is done."""

    device: str
    problem: str
    remedy: str
    serious: bool = True
