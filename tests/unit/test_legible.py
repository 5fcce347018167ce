"""The searches for canaries read what is to be read, and are not deceived by chance."""

import base64
import json

from tests.support.legible import legible


def test_a_word_in_base64_is_found_where_it_is_one_and_not_where_it_is_chance() -> None:
    statement = base64.b64encode(b'{"name":"ada","of":"a statement that is long enough"}').decode()
    chance = base64.b64encode(bytes(range(128, 256))).decode() + "ada" + "A" * 40
    line = json.dumps({"receipt": json.dumps({"receipt": statement, "signature": chance})}).encode()
    assert b'"name":"ada"' in legible(line)
    assert chance.encode() not in legible(line)
    assert b"ada" not in legible(json.dumps({"signature": chance}).encode())
    assert legible(b"plain words of ada") == b"plain words of ada"
