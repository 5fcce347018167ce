"""Tables as TOML 1.0, of the few kinds of values that a station's configuration has."""

from collections.abc import Iterator, Mapping

Value = str | bool | int | list[str] | Mapping[str, list[str]]
Tables = Mapping[str, object]
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n"}


def written(tables: Tables) -> str:
    """Values first, then one table after the other; keys in the order that they have. Raises `TypeError` for a value
    of another kind."""
    lines = [f"{_key(name)} = {_value(value)}" for name, value in tables.items() if not isinstance(value, Mapping)]
    for name, table in tables.items():
        if isinstance(table, Mapping):
            lines += ["", f"[{_key(name)}]", *_lines(table)]
    return "\n".join(lines).lstrip("\n") + "\n"


def merged(below: Tables, above: Tables) -> dict[str, object]:
    """Both, table by table; what `above` says counts."""
    found: dict[str, object] = dict(below)
    for name, value in above.items():
        under = found.get(name)
        both = isinstance(value, Mapping) and isinstance(under, Mapping)
        found[name] = {**under, **value} if both else value  # type: ignore[dict-item]
    return found


def _lines(table: Mapping[str, object]) -> Iterator[str]:
    for name, value in table.items():
        yield f"{_key(name)} = {_value(value)}"


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else _text(name)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _text(value)
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
        case Mapping():
            return f"{{ {', '.join(f'{_key(name)} = {_value(inner)}' for name, inner in value.items())} }}"
    raise TypeError(f"no {type(value).__name__} in a configuration")


def _text(text: str) -> str:
    return (
        '"' + "".join(_ESCAPES.get(letter, letter if letter.isprintable() else _hex(letter)) for letter in text) + '"'
    )


def _hex(letter: str) -> str:
    return f"\\U{ord(letter):08x}"
