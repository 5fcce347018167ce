"""`tools/dev image update` and `rollback`: an update, and a way back, told line by line with times."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.image.errors import ImageError
from tools.image.house import House, house
from tools.image.variants import Variant, make_variant
from tools.image.workplace import Workplace

NEWER = "0.2.0"
NOTHING_GOES_OUT = """flush ruleset
table inet lockgate {
    chain input { type filter hook input priority 0; policy drop; iifname "lo" accept; }
    chain output { type filter hook output priority 0; policy drop; oifname "lo" accept; reject; }
}
"""
WELL = Variant(NEWER)
UNWELL = Variant(NEWER, {"usr/share/lockgate/firewall.nft": NOTHING_GOES_OUT})
"""Its rules let it reach nobody, the mesh least of all."""


def update(place: Workplace, tell: Callable[[str], None]) -> int:
    """0: the new version stays, the held document came out, the box is the one that it was. Raises `ImageError`."""
    with _updated(place, WELL, tell) as (home, document):
        home.life.awake()
        home.told(f"version {NEWER} is healthy, and stays")
        tell(_says(home))
        checked(home, document, tell)
        tell("the power is cut")
        home.life.cut()
        home.life.start()
        home.life.awake()
    return 0


def rollback(place: Workplace, tell: Callable[[str], None]) -> int:
    """0: the old version runs again, as above. Raises `ImageError`."""
    with _updated(place, UNWELL, tell) as (home, document):
        home.told(f"version {NEWER} is not healthy: .*mesh-unreachable")
        tell(f"{home.life.machine.seconds():6.1f} s  version {NEWER} does not reach the mesh, and goes back")
        home.life.ended()
        home.life.start()
        home.life.awake()
        home.told(f"version {NEWER} is not taken: ")
        tell(_says(home))
        checked(home, document, tell)
    return 0


@contextmanager
def _updated(place: Workplace, variant: Variant, tell: Callable[[str], None]) -> Iterator[tuple[House, Path]]:
    """A box that starts into that version for the first time, and the document that is held. Raises `ImageError`."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = _made(place, variant, tell)
        with house(place, Path(folder), tell) as home:
            document = begun(home, bundle, tell)
            home.life.start()
            yield home, document


def begun(home: House, bundle: Path, tell: Callable[[str], None]) -> Path:
    """From the first start until the board starts again into the new version; the document that is held meanwhile.
    Raises `ImageError`."""
    home.join()
    tell(_says(home))
    document = home.hold()
    tell("a document is sealed here, and held at the mesh")
    home.offer(bundle, NEWER)
    tell(f"edgemesh update add {bundle.name}; edgemesh update stage {NEWER} --station hall")
    home.install()
    tell("at the box: lockgate update install")
    tell(f"installed into the other slot in {home.installed(NEWER):.1f} s")
    home.life.ended()
    return document


def checked(home: House, document: Path, tell: Callable[[str], None]) -> None:
    """Raises `ImageError` where the document does not come out as it was held, or the box has other keys."""
    if not home.release(document):
        raise ImageError("the document did not come out as it was held, or the box has other keys")
    tell("a badge is typed: the document came out byte for byte; the box's keys are the same")


def _made(place: Workplace, variant: Variant, tell: Callable[[str], None]) -> Path:
    bundle = make_variant(place, variant)
    tell(f"version {variant.version}: {bundle.stat().st_size / 1e6:.1f} MB, signed with this folder's development key")
    return bundle


def _says(home: House) -> str:
    return "lockgate update: " + "; ".join(home.life.lockgate("update").splitlines())
