"""Key codes of the kernel (linux/input-event-codes.h) in, characters out: the scancode map of keyboard wedges."""

from hal.quirks.layouts import CODES, Layout

TAB, ENTER, KEYPAD_ENTER = 15, 28, 96
ENDS = frozenset((TAB, ENTER, KEYPAD_ENTER))
"""What a reader may type after a badge."""

_SHIFT = frozenset((42, 54))
_CONTROL = frozenset((29, 97))
_ALT, _ALTGR = 56, 100
_META = frozenset((125, 126))
_CAPS = 58
_HELD = _SHIFT | _CONTROL | _META | {_ALT, _ALTGR}
_LOCKS = frozenset((69, 70))
"""NumLock and ScrollLock change nothing: a reader that types on the keypad means the digits, whatever the host's
NumLock, and without a lamp to look at nobody could tell."""
_SPACE = 57
_KEYPAD = {
    **dict(zip((82, 79, 80, 81, 75, 76, 77, 71, 72, 73), "0123456789", strict=True)),
    55: "*", 74: "-", 78: "+", 83: ".", 98: "/", 117: "=", 121: ",",
}  # fmt: skip
_DIGITS = frozenset(code for code, character in _KEYPAD.items() if character.isdigit())
NOTHING = ""
"""What a key means that only changes the meaning of others, and every key that is let go."""


class Keyboard:
    """The keys that are held and locked, and so what the next one means. What is outside the map is None."""

    def __init__(self, layout: Layout) -> None:
        self._plain = {_SPACE: " ", **_characters(layout.plain)}
        self._shifted = {_SPACE: " ", **_characters(layout.shifted)}
        self._altgr = layout.altgr
        self.clear()

    @property
    def is_clear(self) -> bool:
        """No key is held or locked that changes what others mean."""
        return not self._held and not self._caps

    @property
    def is_held(self) -> bool:
        """A key is held that changes what others mean: more is to come."""
        return bool(self._held)

    def clear(self) -> None:
        """Nothing is held or locked: somebody has lost track of what was."""
        self._held: set[int] = set()
        self._caps = False
        self._typed = ""

    def key(self, code: int, *, down: bool) -> str | None:
        """The character that a key makes; `NOTHING` for none, None for a key that no badge is typed with."""
        if code in _HELD:
            return self._hold(code, down)
        if not down or code in _LOCKS:
            return NOTHING
        if code == _CAPS:
            self._caps = not self._caps
            return NOTHING
        return self._character(code)

    def _hold(self, code: int, down: bool) -> str | None:
        if down:
            self._held.add(code)
            return NOTHING
        self._held.discard(code)
        return self._by_number() if code == _ALT else NOTHING

    def _by_number(self) -> str | None:
        """Alt and a decimal code on the keypad, as scanners type that are to suit every layout."""
        typed, self._typed = self._typed, ""
        if not typed:
            return NOTHING
        character = chr(int(typed[-4:]))
        return character if " " <= character <= "~" else None

    def _character(self, code: int) -> str | None:
        held = self._held
        if _ALTGR in held or (_ALT in held and held & _CONTROL):
            return self._altgr.get(code)
        if _ALT in held and code in _DIGITS:
            self._typed = self._typed[-4:] + _KEYPAD[code]
            return NOTHING
        if held & (_CONTROL | _META | {_ALT}):
            return None
        return _KEYPAD[code] if code in _KEYPAD else self._cased(code)

    def _cased(self, code: int) -> str | None:
        plain = self._plain.get(code, "")
        shifted = bool(self._held & _SHIFT) ^ (self._caps and plain.isalpha())
        return (self._shifted if shifted else self._plain).get(code)


def _characters(rows: tuple[str, ...]) -> dict[int, str]:
    return {
        code: character
        for codes, row in zip(CODES, rows, strict=True)
        for code, character in zip(codes, row, strict=True)
        if character != " "
    }
