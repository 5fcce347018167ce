"""How somebody begins a visit at a station whose mesh may be slow to answer, as on a machine that does much else."""

from tools.panel.rig import CALM, Rig

TIMES = 3
_LATE = ("no answer to the badge", "no answer to the list")
_OFFLINE = "not connected"


def visit(rig: Rig, who: str, state: str) -> None:
    """Tap, and again where the mesh took longer than the station waits, as people are told to; until the journal says
    that the visit is in `state`. `who` is one of the cast, or a badge. Raises `DemoError` for any other end."""
    for _ in range(TIMES):
        rig.say(f"tap {rig.badges.get(who, who)}")
        said = rig.until_any(f"-> {state}", _OFFLINE, *_LATE)
        if f"-> {state}" in said:
            return
        if _OFFLINE in said:
            rig.until(CALM)
    raise AssertionError(f"the mesh never answers in time: {said}")
