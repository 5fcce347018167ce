"""The attributes of a held job: what it is called and how it is to be printed, sealed apart from the document."""

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from firmware.errors import LockgateError
from firmware.vault.fields import FieldError, Fields, encode_object, read_object

NONCE_BYTES = 12
MAX_TITLE = 255
_BLOCK = 256
_TAG_BYTES = 16
_NAMES = ("title", "copies", "sides", "color_mode", "media", "pages", "finishings")


class AttributesError(LockgateError):
    """Codes: `attributes-forged` (not sealed under this key), `attributes-malformed`."""

    code = "attributes-forged"


@dataclass(frozen=True, slots=True)
class Attributes:
    """Settings are IPP keywords (PWG 5100.13, 5101.1), empty where the client left them to the printer; `pages` is
    None where it did not count; the title has at most 255 characters."""

    title: str = field(repr=False)
    copies: int = 1
    sides: str = ""
    color_mode: str = ""
    media: str = ""
    pages: int | None = None
    finishings: tuple[str, ...] = ()


def seal_attributes(attributes: Attributes, key: bytes, nonce: bytes) -> bytes:
    """`nonce || AES-256-GCM ciphertext` of the attributes' JSON, filled up with spaces to a multiple of 256 bytes so
    that its length tells little of the title. `nonce` is 12 fresh random bytes. Raises `AttributesError`."""
    fields: dict[str, object] = {name: getattr(attributes, name) for name in _NAMES}
    raw = encode_object(fields | {"finishings": list(attributes.finishings)})
    _parse(raw)  # what nobody could read back is refused here, at the client
    return nonce + AESGCM(key).encrypt(nonce, raw.ljust(-(-len(raw) // _BLOCK) * _BLOCK), None)


def open_attributes(sealed: bytes, key: bytes) -> Attributes:
    """The attributes in a manifest, for the key of `parts.attribute_key`. Raises `AttributesError`."""
    if len(sealed) < NONCE_BYTES + _TAG_BYTES:
        raise AttributesError
    try:
        raw = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
    except InvalidTag as exc:
        raise AttributesError from exc
    return _parse(raw)


def _parse(raw: bytes) -> Attributes:
    try:
        fields = read_object(raw, _NAMES)
        return Attributes(
            title=fields.text("title", shortest=0, longest=MAX_TITLE),
            copies=fields.integer("copies", least=1, most=9999),
            sides=_keyword(fields, "sides"),
            color_mode=_keyword(fields, "color_mode"),
            media=_keyword(fields, "media"),
            pages=None if fields.value("pages") is None else fields.integer("pages"),
            finishings=tuple(
                _keyword(Fields({"finishing": item}, ["finishing"]), "finishing")
                for item in fields.items("finishings", fewest=0, most=16)
            ),
        )
    except FieldError as exc:
        raise AttributesError(str(exc), code="attributes-malformed") from exc


def _keyword(fields: Fields, name: str) -> str:
    """An IPP keyword (RFC 8011 5.1.4), or nothing."""
    text = fields.text(name, shortest=0, longest=255)
    if not text.isascii() or any(not (c.islower() or c.isdigit() or c in "-_.") for c in text):
        raise FieldError(name)
    return text
