"""What administrators say of cards, by the mesh's routes; and what is refused for being malformed."""

import json

import pytest

from hal.sim.virtual_time import run
from tests.support.card_rig import UID, let_cards_prove, recorded
from tests.support.mesh_http import send_json
from tests.support.mesh_site import MemorySite


def test_administrators_keep_keys_policy_and_rules_and_each_act_is_recorded() -> None:
    async def story() -> None:
        site = MemorySite()
        wire, key = site.wire(site.mesh.add_admin("admin-1")), "0123456789abcdef" * 2
        campus = {"name": "campus", "aid": "f51b42", "key_no": 1, "method": "ev2", "diversify": "an10922"}
        refused = await send_json(wire, "POST", "/v1/admin/cards/policy", {"policy": "proof"})
        assert refused.refusal == (409, "card-keys-missing", "")
        added = await send_json(wire, "POST", "/v1/admin/cards/keys", {**campus, "key": key})
        policy = await send_json(wire, "POST", "/v1/admin/cards/policy", {"policy": "proof"})
        rules = await send_json(wire, "POST", "/v1/admin/cards/rules", {"rules": ["reverse-bytes"]})
        listed = await wire.send("GET", "/v1/admin/cards")
        assert listed.expect(200) == {
            "policy": "proof",
            "rules": ["reverse-bytes"],
            "keys": [{**campus, "system_id": ""}],
        }
        last = await wire.send("DELETE", "/v1/admin/cards/keys?name=campus")
        assert last.code == "card-keys-missing"
        (await send_json(wire, "POST", "/v1/admin/cards/policy", {"policy": "uid"})).expect(200)
        assert (await wire.send("DELETE", "/v1/admin/cards/keys?name=campus")).status == 204
        assert (await wire.send("DELETE", "/v1/admin/cards/keys?name=campus")).code == "card-key-unknown"
        acts = [(event, fields) for event, fields in recorded(site) if event.startswith("card-")]
        assert [(event, fields.get("card"), fields.get("policy"), fields.get("count")) for event, fields in acts] == [
            ("card-key-added", "campus", None, None),
            ("card-policy-set", None, "proof", None),
            ("card-rules-set", None, None, 1),
            ("card-policy-set", None, "uid", None),
            ("card-key-removed", "campus", None, None),
        ]
        assert {fields["by"] for _, fields in acts} == {"admin/admin-1"}
        written = [answer.body for answer in (added, policy, rules, listed)] + [json.dumps(acts).encode()]
        assert not any(key.encode() in one.lower() for one in written)

    run(story())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": "00"}, "card-keys-invalid"),
        ({"aid": "000000"}, "card-keys-invalid"),
        ({"key_no": 14}, "card-keys-invalid"),
        ({"key": "x" * 32}, "json-malformed"),
        ({"method": "ev9"}, "json-malformed"),
        ({"name": "no name"}, "json-malformed"),
        ({"name": "campus"}, "name-taken"),
        ({"aid": "f51b42", "key_no": 1}, "name-taken"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused_and_changes_nothing(change: dict[str, object], code: str) -> None:
    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site)
        before = site.mesh.roles.vault.desk.cards.cards
        wire = site.wire(site.mesh.add_admin("admin-1"))
        good = {"name": "new", "aid": "f51b43", "key_no": 2, "key": "00" * 16, "method": "ev2", "diversify": "none"}
        refused = await send_json(wire, "POST", "/v1/admin/cards/keys", good | change)
        assert refused.code == code
        assert site.mesh.roles.vault.desk.cards.cards == before
        (await send_json(wire, "POST", "/v1/admin/cards/keys", good)).expect(201)

    run(story())


def test_rules_that_are_none_are_refused_and_told() -> None:
    async def story() -> None:
        site = MemorySite()
        wire = site.wire(site.mesh.add_admin("admin-1"))
        refused = await send_json(wire, "POST", "/v1/admin/cards/rules", {"rules": ["reverse-bytes", "conjure"]})
        assert refused.refusal == (422, "badge-rule-invalid", "")
        assert "step 2" in refused.json["detail"]

    run(story())


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/card-proofs", {}),
        ("/v1/card-proofs", {"uid": "04a1b2c"}),
        ("/v1/card-proofs", {"uid": "04a1b2"}),
        ("/v1/card-proofs", {"uid": "04" * 11}),
        ("/v1/card-proofs", {"uid": "zz" * 4}),
        ("/v1/card-proofs", {"uid": UID.hex(), "ats": "0"}),
        ("/v1/card-proofs", {"uid": UID.hex(), "ats": "00" * 33}),
        ("/v1/card-proofs/p-00000000000000000000000000000000/answers", {"apdu": "91 00"}),
        ("/v1/card-proofs/p-00000000000000000000000000000000/answers", {"apdu": "00" * 262}),
        ("/v1/sessions", {"credential": {"kind": "card"}}),
        ("/v1/sessions", {"credential": {"kind": "card"}, "card_proof": 7}),
    ],
)
def test_what_is_malformed_is_refused_and_not_quoted(path: str, body: dict[str, object]) -> None:
    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site)
        refused = await send_json(site.station.wire, "POST", path, body)
        assert refused.refusal == (400, "json-malformed", "")
        assert str(body.get("uid", "04a1b2")) not in refused.body.decode()

    run(story())
