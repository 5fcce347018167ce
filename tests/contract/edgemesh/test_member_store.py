"""Members, tokens and denials in each engine."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from firmware.vault.denials import SignedDenyList
from firmware.vault.identity import Kind
from tests.contract.edgemesh.conftest import ENGINES, _filed, _kept, _Openings
from tools.edgemesh.registrar.memory import MemoryDenials, MemoryMembers
from tools.edgemesh.registrar.records import Denial, Issue, Member, MemberState, Token
from tools.edgemesh.registrar.sqlite import SCHEMA, SqliteDenials, SqliteMembers
from tools.edgemesh.registrar.store import DenialStore, MemberStore

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
DAY = timedelta(days=1)
LOBBY = Member(Kind.STATION, "lobby", "0a" * 32, NOW, NOW, NOW + DAY, box_key=bytes(32))
NODE = Member(
    Kind.NODE,
    "cellar",
    "0b" * 32,
    NOW,
    NOW,
    NOW + DAY,
    users=("ada", "émile"),
    hosts=("cellar.example", "::1"),
    url="https://cellar.example",
)
TOKEN = Token("t-1", "ab" * 32, Kind.STATION, "lobby", NOW + DAY, ("ada",), True)


@pytest.fixture(params=ENGINES)
def open_members(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], MemberStore]]:
    openings = _Openings(tmp_path / "registrar", SCHEMA)
    yield _kept(MemoryMembers()) if request.param == "memory" else _filed(openings, SqliteMembers)
    openings.close()


@pytest.fixture(params=ENGINES)
def open_denials(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], DenialStore]]:
    openings = _Openings(tmp_path / "registrar", SCHEMA)
    yield _kept(MemoryDenials()) if request.param == "memory" else _filed(openings, SqliteDenials)
    openings.close()


def test_members_are_kept_whole_and_in_order(open_members: Callable[[], MemberStore]) -> None:
    store = open_members()
    assert store.put(LOBBY)
    assert store.put(NODE)
    store = open_members()
    assert list(store.members()) == [NODE, LOBBY]
    assert store.member("station/lobby") == LOBBY
    assert store.member("station/hall") is None


def test_a_member_changes_by_one_revision_at_a_time(open_members: Callable[[], MemberStore]) -> None:
    store = open_members()
    assert not store.put(replace(LOBBY, revision=2))
    assert store.put(LOBBY)
    assert not store.put(LOBBY)
    revoked = replace(LOBBY, state=MemberState.REVOKED, revision=2)
    assert store.put(revoked)
    assert not store.put(replace(LOBBY, revision=2))
    assert open_members().member("station/lobby") == revoked


def test_a_token_is_used_with_the_member_or_not_at_all(open_members: Callable[[], MemberStore]) -> None:
    store = open_members()
    assert not store.put(LOBBY, "t-1")
    assert store.members() == []
    store.add_token(TOKEN)
    assert not store.put(replace(LOBBY, revision=2), "t-1")
    assert store.token(TOKEN.digest) == TOKEN
    assert store.put(LOBBY, "t-1")
    store = open_members()
    assert store.token(TOKEN.digest) == replace(TOKEN, used=LOBBY.key)
    assert store.put(replace(LOBBY, revision=2), "t-1")
    assert not open_members().put(replace(LOBBY, key="0c" * 32, revision=3), "t-1")


def test_tokens_are_listed_by_their_end_and_dropped_once(open_members: Callable[[], MemberStore]) -> None:
    store = open_members()
    sooner = replace(TOKEN, id="t-2", digest="cd" * 32, expires=NOW)
    store.add_token(TOKEN)
    store.add_token(sooner)
    assert list(store.tokens()) == [sooner, TOKEN]
    assert store.token("ef" * 32) is None
    assert store.drop_token("t-2")
    assert not open_members().drop_token("t-2")


def test_denials_and_their_issue_change_together(open_denials: Callable[[], DenialStore]) -> None:
    store = open_denials()
    first, second = (Issue(number, NOW, SignedDenyList(bytes([number]), b"s")) for number in (1, 2))
    denials = [Denial("user/ada", NOW, "why"), Denial("badge/b-1", NOW)]
    assert store.issue() is None
    assert not store.publish(denials, second)
    assert store.publish(denials, first)
    assert not store.publish([], first)
    store = open_denials()
    assert list(store.denials()) == sorted(denials, key=lambda denial: denial.name)
    assert store.issue() == first
    assert store.publish([], second)
    assert (list(open_denials().denials()), open_denials().issue()) == ([], second)
