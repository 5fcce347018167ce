"""What the vault keeps of cards: written and read again, whole or not at all, and nothing of it in words."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.badges.rules import RuleError
from hal.sim.key_store import SimKeyStore
from hal.sim.storage import StorageFault
from tools.edgemesh.cards.book import (
    CardBook,
    Cards,
    KeptWithKeys,
    NamedKeys,
    Policy,
    encode_cards,
    parse_cards,
)
from tools.edgemesh.cards.card_keys import MAX_KEYS, CardKeys, Diversify, Method, UidFrom
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.storage.memory_cards import MemoryCards
from tools.edgemesh.storage.stores import StoreError

SECRET = bytes.fromhex("c0ffee00c0ffee11c0ffee22c0ffee33")
KEYS = CardKeys(b"\xf5\x1b\x42", 1, SECRET)
SHARED = CardKeys(b"\xf5\x1b\x43", 2, SECRET, Method.EV1, Diversify.NONE, uid_from=UidFrom.CARD)
CARDS = Cards(Policy.PROOF, (NamedKeys("campus", KEYS), NamedKeys("visitors", SHARED)), ("reverse-bytes", "hex2dec"))


def book(*named: tuple[str, CardKeys]) -> CardBook:
    made = CardBook(MemoryCards())
    for name, keys in named:
        made.keep(made.add(name, keys))
    return made


def refusal(error: pytest.ExceptionInfo[Problem]) -> str:
    return error.value.code


def test_before_anything_was_set_numbers_let_in() -> None:
    assert CardBook(MemoryCards()).cards == Cards(Policy.UID, (), ())


def test_what_was_kept_is_there_in_the_next_life() -> None:
    store = KeptWithKeys(SimKeyStore())
    CardBook(store).keep(CARDS)
    assert CardBook(store).cards == CARDS


@given(
    st.sampled_from([Policy.UID, Policy.UID_PIN]),
    st.lists(st.sampled_from(["trim", "hex2dec", "reverse-bytes", "last 8"]), max_size=5),
    st.lists(st.tuples(st.binary(min_size=2, max_size=2), st.integers(0, 13)), unique=True, max_size=MAX_KEYS),
)
def test_whatever_can_be_set_is_read_again(
    policy: Policy, steps: list[str], places: Sequence[tuple[bytes, int]]
) -> None:
    named = (NamedKeys(f"k{at}", replace(KEYS, aid=b"\x01" + aid, key_no=no)) for at, (aid, no) in enumerate(places))
    cards = Cards(policy, tuple(named), tuple(steps))
    assert parse_cards(encode_cards(cards)) == cards


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (b'"proof"', b'"whatever"'),
        (b'"reverse-bytes"', b'"conjure"'),
        (b'"reverse-bytes"', b"7"),
        (b'"visitors"', b'"campus"'),
        (b'"visitors"', b'"no name"'),
        (b',"visitors"', b""),
        (b'"ev1"', b'"ev9"'),
        (b"f51b43", b"000000"),
        (b'"policy"', b'"policies"'),
        (
            b"{",
            b"[",
        ),
        (b"c0ffee11", b""),
    ],
)
def test_what_we_did_not_write_is_refused_without_a_word_of_it(said: bytes, instead: bytes) -> None:
    raw = encode_cards(CARDS)
    assert said in raw
    with pytest.raises(StoreError) as refused:
        parse_cards(raw.replace(said, instead, 1))
    assert (refused.value.__cause__, "ffee" in str(refused.value)) == (None, False)


def test_keys_are_printed_nowhere() -> None:
    told = f"{CARDS!r} {CARDS} {book(('campus', KEYS)).cards!r} {KeptWithKeys(SimKeyStore({'card.book': SECRET}))!r}"
    assert not any(form in told.lower() for form in (SECRET.hex(), repr(SECRET), "c0ffee", "xff"))


def test_a_medium_that_fails_changes_nothing() -> None:
    keys = SimKeyStore()
    made = CardBook(KeptWithKeys(keys))
    made.keep(CARDS)
    keys.fault = StorageFault.FULL
    with pytest.raises(StoreError):
        made.keep(made.set_policy(Policy.UID))
    assert made.cards == CARDS
    keys.fault = StorageFault.IO_ERROR
    with pytest.raises(StoreError):
        CardBook(KeptWithKeys(keys))


def test_without_a_key_nobody_is_asked_to_prove_anything() -> None:
    with pytest.raises(Problem) as refused:
        book().set_policy(Policy.PROOF)
    assert refusal(refused) == "card-keys-missing"
    made = book(("campus", KEYS))
    made.keep(made.set_policy(Policy.PROOF))
    with pytest.raises(Problem) as refused:
        made.remove("campus")
    assert refusal(refused) == "card-keys-missing"


def test_each_name_and_each_place_once_and_sixteen_in_all() -> None:
    made = book(("campus", KEYS))
    for name, keys in (("campus", SHARED), ("other", replace(KEYS, key=bytes(16)))):
        with pytest.raises(Problem) as refused:
            made.add(name, keys)
        assert refusal(refused) == "name-taken"
    made.keep(made.add("old-cards", replace(KEYS, method=Method.EV1)))
    for number in range(2, MAX_KEYS):
        made.keep(made.add(f"k{number}", replace(KEYS, aid=bytes([9, 9, number]))))
    with pytest.raises(Problem) as refused:
        made.add("one-more", SHARED)
    assert refusal(refused) == "card-keys-full"
    with pytest.raises(Problem) as refused:
        made.remove("nobody's")
    assert refusal(refused) == "card-key-unknown"


def test_the_number_of_a_proven_card() -> None:
    uid = bytes.fromhex("04a1b2c3d4e5f6")
    assert Cards().number(uid) == "04a1b2c3d4e5f6"
    assert CARDS.number(uid) == str(int.from_bytes(uid, "little"))
    with pytest.raises(Problem) as refused:
        Cards(rules=("length 3",)).number(uid)
    assert (refusal(refused), uid.hex() in str(refused.value)) == ("badge-unknown", False)
    with pytest.raises(RuleError):
        book().set_rules(["conjure"])
