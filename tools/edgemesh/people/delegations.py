"""Delegations at the vault: handed in by their owners' computers, shown with the jobs they are for, ended for good."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from firmware.vault.delegation import Delegation, DelegationError, SignedDelegation, parse
from firmware.vault.identity import Identity
from hal.ports.clock import Clock
from tools.edgemesh.evidence import FRESH, Verifier
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.registrar.denybook import DenyBook
from tools.edgemesh.storage.records import KeptDelegation
from tools.edgemesh.storage.stores import DeskStore

_ID = re.compile(r"d-[0-9a-f]{32}")
MOST_OF_OWNER = 32
"""Delegations of one person that have not passed their end, withdrawn ones among them: each of those is an entry of
the deny list."""
LOOK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Valid:
    """A delegation that holds now, with its proof."""

    owner: str = field(repr=False)
    signed: SignedDelegation = field(repr=False)


class Delegations:
    """Keeps them, and judges them anew each time."""

    def __init__(self, store: DeskStore, verifier: Verifier, clock: Clock) -> None:
        self._store, self._verifier, self._clock = store, verifier, clock
        self._look_at = float("-inf")

    def keep(self, client: Identity, signed: SignedDelegation) -> KeptDelegation:
        """From the owner's own computer, just now signed there. The same bytes again change nothing. Raises `Problem`,
        `DelegationError`."""
        found = self._verified(signed)
        signer = self._verifier.anchor.identify(signed.chain, found.begins)
        if signer.id != client.id or found.owner not in client.users:
            raise DelegationError("signed on another computer")
        if self._clock.now() - found.begins > FRESH:
            raise DelegationError("it was not signed just now")
        self._verifier.refuse_blocked(found.owner, found.delegate)
        known = self._store.delegation(found.delegation_id)
        if known is not None:
            if known.raw != signed.raw or known.ended:
                raise Problem("delegation-exists")
            return known
        self._admit(found)
        kept = _kept(found, signed)
        self._store.put_delegation(kept)
        return kept

    def _admit(self, found: Delegation) -> None:
        if found.owner == found.delegate or not _ID.fullmatch(found.delegation_id):
            raise DelegationError("to its own owner, or of an id that is none", code="delegation-malformed")
        if self._store.user(found.owner) is None or self._store.user(found.delegate) is None:
            raise Problem("person-unknown")
        if not self._is_between_same(found.owner, found.delegate, found.begins):
            raise DelegationError("from before one of them was added here")
        if len(self._store.delegations(owner=found.owner)) >= MOST_OF_OWNER:
            raise Problem("too-many-delegations")

    def own(self, users: Iterable[str]) -> list[KeptDelegation]:
        """Those of these people that have not ended."""
        now = self._clock.now()
        found = (one for user in sorted(users) for one in self._store.delegations(owner=user))
        return [one for one in found if not one.ended and one.ends > now]

    def all(self) -> Sequence[KeptDelegation]:
        """Every one that is kept, ended or not: for an administrator."""
        return self._store.delegations()

    def end(self, delegation_id: str, users: Iterable[str] | None = None) -> KeptDelegation:
        """It counts no more, from now on; of these people's only, unless none are named. Raises `Problem`
        delegation-unknown."""
        found = self._store.delegation(delegation_id)
        if found is None or (users is not None and found.owner not in users):
            raise Problem("delegation-unknown")
        if not found.ended:
            found = replace(found, ended=self._clock.now())
            self._store.put_delegation(found)
            self._look_at = float("-inf")
        return found

    def end_all(self, user_id: str) -> None:
        """All that are from or to somebody who goes."""
        for one in (*self._store.delegations(owner=user_id), *self._store.delegations(delegate=user_id)):
            self.end(one.delegation_id)

    def to(self, user_id: str) -> list[Valid]:
        """Those by which this person may release others' jobs now."""
        every = self._store.delegations(delegate=user_id)
        kept = (one for one in every if not one.ended and self._is_between_same(one.owner, user_id, one.begins))
        return [Valid(one.owner, signed) for one in kept if self._holds(signed := _signed(one), one.owner)]

    def check(self, signed: SignedDelegation) -> KeptDelegation:
        """One that a station shows, as it is kept here; it has not ended. Raises `Problem` delegation-revoked, and
        delegation-malformed as `DelegationError`."""
        found = self._store.delegation(parse(signed.raw).delegation_id)
        if found is None or found.ended or found.raw != signed.raw:
            raise Problem("delegation-revoked")
        if not self._is_between_same(found.owner, found.delegate, found.begins):
            raise Problem("delegation-revoked", "it was between others of these names")
        return found

    def _is_between_same(self, owner: str, delegate: str, begins: datetime) -> bool:
        """Whether the two are who they were when it was made, and nobody who was given the name since."""
        people = (self._store.user(owner), self._store.user(delegate))
        return all(user is not None and user.since <= begins for user in people)

    def _holds(self, signed: SignedDelegation, owner: str) -> bool:
        try:
            self._verified(signed)
        except DelegationError:
            return False
        return not self._verifier.denials.current().since(f"user/{owner}")

    def _verified(self, signed: SignedDelegation) -> Delegation:
        denied = self._verifier.denials.current()
        return signed.verify(self._verifier.anchor, self._verifier.org_id, denied, self._clock.now())

    def announce(self, denybook: DenyBook) -> None:
        """Have the deny list name those that were ended, so that each role and station refuses them for itself, and no
        longer those whose time is over. Looks only once a minute unless one was just ended. Raises `Problem`,
        `StoreError`: what is not done is done next time."""
        if not self.is_due():
            return
        for one in self.untold():
            denybook.deny(_name(one))
            self.told(one)
        for one in self.over():
            denybook.lift(_name(one))
        self.forget()

    def is_due(self) -> bool:
        """Whether to look now what is to be told."""
        return self._clock.monotonic() >= self._look_at

    def untold(self) -> list[KeptDelegation]:
        """Those that were ended and that the deny list does not name yet."""
        return [one for one in self._store.delegations() if one.ended and not one.told]

    def told(self, one: KeptDelegation) -> None:
        """The deny list names it."""
        self._store.put_delegation(replace(one, told=True))

    def over(self) -> list[KeptDelegation]:
        """Those that the deny list names and need not any more: their time is over."""
        return [one for one in self._store.delegations() if one.told and one.ends <= self._clock.now()]

    def forget(self) -> None:
        """All is told: those whose time is over need not be kept."""
        self._store.remove_delegations(self._clock.now())
        self._look_at = self._clock.monotonic() + LOOK_SECONDS


def _name(one: KeptDelegation) -> str:
    return f"delegation/{one.delegation_id}"


def _signed(one: KeptDelegation) -> SignedDelegation:
    return SignedDelegation(one.raw, one.signature, one.chain)


def _kept(found: Delegation, signed: SignedDelegation) -> KeptDelegation:
    return KeptDelegation(
        *(found.delegation_id, found.owner, found.delegate, found.begins, found.ends),
        *(signed.raw, signed.signature, signed.chain),
    )
