"""The option `read` of a reader's URI: whether a card is known by its number or by a record that is written on it."""

from urllib.parse import parse_qs, urlsplit

from hal.ports.errors import DeviceConfigError

READ = "read"
NUMBER = "number"
RECORDS = ("ndef-text", "ndef-uri")


def wanted_record(uri: str) -> str:
    """The kind of record, empty for the card's own number, the default. `uri` is one that its driver has taken.
    Raises `DeviceConfigError`."""
    kind = parse_qs(urlsplit(uri).query, keep_blank_values=True).get(READ, [NUMBER])[0]
    if kind not in (NUMBER, *RECORDS):
        raise DeviceConfigError("reader", f"read must be one of {NUMBER}, {', '.join(RECORDS)}, not {kind!r}")
    return "" if kind == NUMBER else kind
