"""A key file is read strictly, and no refusal of it repeats a byte of a key."""

import json
from typing import Any

import pytest

from tools.edgemesh.cards.card_keys import CardKeys, CardKeysError, Diversify, Method, UidFrom, parse_card_keys

KEY = "00112233445566778899aabbccddeeff"
GOOD: dict[str, Any] = {
    "aid": "F58540",
    "key_no": 1,
    "key": KEY,
    "method": "ev2",
    "diversify": "an10922",
    "system_id": "4c6f636b67617465",
    "uid_from": "field",
}
SHARED = GOOD | {"diversify": "none", "system_id": "", "uid_from": "card", "method": "ev1", "key_no": 2}


def file(*cards: object) -> bytes:
    return json.dumps({"cards": cards}).encode()


def test_a_file_as_documented() -> None:
    first, second = parse_card_keys(file(GOOD, SHARED))
    key = bytes.fromhex(KEY)
    assert first == CardKeys(b"\xf5\x85\x40", 1, key, Method.EV2, Diversify.AN10922, b"Lockgate", UidFrom.FIELD)
    assert second == CardKeys(b"\xf5\x85\x40", 2, key, Method.EV1, Diversify.NONE, b"", UidFrom.CARD)


WRONG: dict[str, list[Any]] = {
    "aid": ["", "F585", "F5854000", "000000", "F5854", "xxxxxx", 5, None, "F5 85 40"],
    "key_no": [-1, 14, 1.0, True, "1", None, 2**70],
    "key": ["", KEY[:-2], KEY + "00", KEY[:-1] + "g", "\ud800", 7],
    "method": ["", "ev3", "EV2", "lrp", None, ["ev1"]],
    "diversify": ["", "an10957", "none", 0],
    "system_id": ["4", "zz", "00" * 22, None],
    "uid_from": ["", "card", "version", False],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_value_is_refused(name: str, value: object) -> None:
    with pytest.raises(CardKeysError) as error:
        parse_card_keys(file(GOOD | {name: value}))
    assert error.value.code == "card-keys-invalid"


@pytest.mark.parametrize("change", [{"uid_from": "field"}, {"diversify": "an10922"}, {"system_id": "00"}])
def test_what_would_bind_no_uid_to_the_card_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(CardKeysError):
        parse_card_keys(file(SHARED | change))


@pytest.mark.parametrize("name", GOOD)
def test_nothing_is_left_out(name: str) -> None:
    with pytest.raises(CardKeysError):
        parse_card_keys(file({key: value for key, value in GOOD.items() if key != name}))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"cards": {}}',
        file(),
        file(GOOD | {"comment": "ours"}),
        file(*[GOOD | {"key_no": number % 14, "aid": f"{number:06x}"} for number in range(1, 18)]),
        b'{"cards": [], "cards": []}',
        file(GOOD) + b"{}",
        file(5),
        b"[" * 100_000,
        b" " * (64 * 1024 + 1),
    ],
    ids=range(12),
)
def test_what_is_no_key_file(raw: bytes) -> None:
    with pytest.raises(CardKeysError):
        parse_card_keys(raw)


def test_both_generations_of_cards_under_one_number() -> None:
    assert [keys.method for keys in parse_card_keys(file(GOOD, GOOD | {"method": "ev1"}))] == [Method.EV2, Method.EV1]


def test_one_key_twice_is_refused() -> None:
    with pytest.raises(CardKeysError):
        parse_card_keys(file(GOOD, GOOD | {"key": KEY[::-1]}))


def test_no_key_in_any_text() -> None:
    """Whatever is wrong with it: a key that was typed too short is most of a key."""
    texts = [repr(parse_card_keys(file(GOOD)))]
    for change in ({"key": KEY[:-2]}, {"key": KEY + "0"}, {"aid": KEY}, {"method": KEY}, {"key_no": KEY}):
        with pytest.raises(CardKeysError) as error:
            parse_card_keys(file(GOOD | change))
        texts += [str(error.value), repr(error.value), repr(error.value.__cause__)]
    with pytest.raises(CardKeysError) as error:
        parse_card_keys(file(GOOD)[:-5])
    texts += [str(error.value), repr(error.value.__cause__)]
    assert KEY[:16] not in " ".join(texts)
    assert repr(bytes.fromhex(KEY))[2:20] not in " ".join(texts)
