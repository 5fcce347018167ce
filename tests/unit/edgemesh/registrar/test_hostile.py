"""What strangers may send to the routes that need no certificate: nothing of it does anything but be refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.vault.fields import encode_octets
from firmware.vault.identity import BOX_KEY_OID, Kind
from hal.sim.virtual_time import run
from tests.support.mesh_http import send_json
from tests.support.registrar_rig import EST, Registry, renewal
from tools.edgemesh import csr
from tools.edgemesh.ca import Ca
from tools.edgemesh.interface.est_routes import MAX_BODY, read_asked
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.shapes import Fields
from tools.edgemesh.registrar import renewals
from tools.edgemesh.registrar.rates import MAX_KEYS, SPAN, Rate

KEY = ec.generate_private_key(ec.SECP256R1())
HASH = SHA256()
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
ENROLMENT = f"{EST}/simpleenroll/e-{'0' * 32}"


def request(
    *names: str, key: Any = KEY, extensions: tuple[x509.ExtensionType, ...] = (), algorithm: Any = HASH
) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, algorithm).public_bytes(Encoding.DER)


def box(octets: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(BOX_KEY_OID, octets)


BOX = box(b"\x04\x20" + bytes(32))
GOOD = request("lobby", extensions=(BOX,))
FLIPPED = bytearray(GOOD)
FLIPPED[-1] ^= 1

BAD = [
    b"",
    GOOD[:-1],
    GOOD + b"\x00",
    bytes(FLIPPED),
    request("lobby"),
    request("hall", extensions=(BOX,)),
    request(extensions=(BOX,)),
    request("lobby", "lobby", extensions=(BOX,)),
    request("lobby", extensions=(box(b"\x04\x20" + bytes(31)),)),
    request("lobby", extensions=(box(bytes(32)),)),
    request("lobby", key=ec.generate_private_key(ec.SECP384R1()), extensions=(BOX,)),
    request("lobby", key=rsa.generate_private_key(65537, 2048), extensions=(BOX,)),
    request("lobby", key=ed25519.Ed25519PrivateKey.generate(), extensions=(BOX,), algorithm=None),
    request("lobby", extensions=(BOX, x509.SubjectAlternativeName([x509.DNSName("a" * 63)] * 70))),
]


@pytest.mark.parametrize("number", range(len(BAD)))
def test_a_request_that_is_none(number: int) -> None:
    with pytest.raises(Problem, match="csr-malformed"):
        csr.read(BAD[number], "lobby", boxed=True)


def test_nobody_else_asks_for_a_box_key() -> None:
    assert csr.read(GOOD, "lobby", boxed=True).box_key == bytes(32)
    with pytest.raises(Problem, match="csr-malformed"):
        csr.read(GOOD, "lobby", boxed=False)


def test_nothing_else_that_is_asked_for_gets_into_the_certificate() -> None:
    greedy = request(
        "lobby",
        extensions=(
            BOX,
            x509.BasicConstraints(ca=True, path_length=9),
            x509.SubjectAlternativeName(
                [x509.DNSName("vault.example"), x509.UniformResourceIdentifier("spiffe://o/vault/v")]
            ),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        ),
    )
    found = csr.read(greedy, "lobby", boxed=True)
    ca = Ca.create("acme.example", now=NOW)
    (der,) = ca.issue(found.key_pem, kind=Kind.STATION, holder_id="lobby", now=NOW, box_key=found.box_key)
    extensions = x509.load_der_x509_certificate(der).extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [name.value for name in names] == ["spiffe://acme.example/station/lobby"]
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.CLIENT_AUTH]


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, len(GOOD) - 1), value=st.integers(0, 255))
def test_any_byte_of_a_request_changed_is_refused_or_leaves_it_as_it_was(at: int, value: int) -> None:
    spoilt = bytearray(GOOD)
    spoilt[at] = value
    if bytes(spoilt) == GOOD:
        assert csr.read(GOOD, "lobby", boxed=True).key == csr.key_print(KEY.public_key())
        return
    with pytest.raises(Problem, match="csr-malformed"):
        csr.read(bytes(spoilt), "lobby", boxed=True)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=5000))
def test_any_bytes_for_a_request(octets: bytes) -> None:
    with pytest.raises(Problem, match="csr-malformed"):
        csr.read(octets, "lobby", boxed=True)


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=80) | st.binary(max_size=60).map(encode_octets)
VALUES = LEAVES | st.lists(LEAVES, max_size=20) | st.dictionaries(st.text(max_size=8), LEAVES, max_size=3)
NAMES = st.sampled_from(["kind", "name", "csr", "commitment", "users", "url", "hosts"])
RIGHT: dict[str, object] = {
    "kind": "node",
    "name": "cellar",
    "csr": encode_octets(GOOD),
    "commitment": encode_octets(bytes(32)),
    "users": [],
    "url": "https://cellar.example:8443",
    "hosts": ["cellar.example"],
}


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_whatever_is_asked_for_is_read_or_refused(changes: dict[str, object]) -> None:
    code = ""
    try:
        asked = read_asked(Fields(RIGHT | changes))
    except Problem as exc:
        code = exc.code
    else:
        assert len(asked.csr) <= csr.MAX_BYTES
        assert len(asked.commitment) == 32
        assert len(asked.users) + len(asked.hosts) <= 24
    assert code in ("", "json-malformed")


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "vault"},
        {"kind": "station"},
        {"name": "ca"},
        {"name": "../ca"},
        {"url": "http://cellar.example"},
        {"url": "https://other.example"},
        {"url": "https://cellar.example/path"},
        {"url": "https://u:p@cellar.example"},
        {"url": "https://cellar.example:99999"},
        {"url": "https://[cellar.example"},
        {"hosts": []},
        {"hosts": ["cellar.example", "*.example"]},
        {"hosts": ["cellar.example", "-a"]},
        {"hosts": ["cellar.example"] + ["a"] * 8},
        {"users": ["ada"]},
        {"commitment": encode_octets(bytes(31))},
    ],
)
def test_what_may_not_be_asked_for(changes: dict[str, object]) -> None:
    assert read_asked(Fields(RIGHT)).name == "cellar"
    with pytest.raises(Problem, match="json-malformed"):
        read_asked(Fields(RIGHT | changes))


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=300) | st.dictionaries(st.text(max_size=8), LEAVES).map(lambda value: json.dumps(value).encode())
)
def test_any_bytes_for_a_renewal(raw: bytes) -> None:
    with pytest.raises(Problem, match="json-malformed"):
        renewals.parse(raw)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["simpleenroll", "simpleenroll/e-" + "0" * 32, "simplereenroll"]), st.binary(max_size=400))
def test_any_body_at_any_route_of_the_unpaired_is_a_problem_and_changes_nothing(route: str, body: bytes) -> None:
    async def story() -> None:
        registry = Registry()
        answer = await registry.unpaired().send("POST", f"{EST}/{route}", body)
        assert answer.status in (400, 413)
        assert not registry.site.mesh.roles.registrar.admissions.room.waiting()

    run(story())


@pytest.mark.parametrize("path", [f"{EST}/simpleenroll", ENROLMENT, f"{EST}/simplereenroll"])
def test_strangers_have_sixteen_kilobytes(path: str) -> None:
    async def story() -> None:
        registry = Registry()
        body = json.dumps({"nonce": "A" * MAX_BODY}).encode()
        assert (await registry.unpaired().send("POST", path, body)).refusal == (413, "request-too-large", "")
        deep = b'{"nonce":' + b"[" * 1000 + b"]" * 1000 + b"}"
        assert (await registry.unpaired().send("POST", path, deep)).refusal == (400, "json-malformed", "")
        unknown = await send_json(registry.unpaired(), "POST", ENROLMENT, {"nonce": encode_octets(bytes(32))})
        assert unknown.refusal == (404, "enrolment-unknown", "")

    run(story())


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["request", "signature", "chain"]), st.binary(max_size=200))
def test_a_renewal_spoilt_anywhere_renews_nobody(name: str, octets: bytes) -> None:
    async def story() -> None:
        registry = Registry()
        keys = registry.site.station.keys
        document = renewal(registry.site, Kind.STATION, keys)
        text = encode_octets(octets)
        spoilt = document | {name: [text] if name == "chain" else text}
        answer = await send_json(registry.unpaired(), "POST", f"{EST}/simplereenroll", spoilt)
        assert answer.status in (400, 403)

    run(story())


def test_rates_are_kept_in_bounded_memory() -> None:
    rate = Rate(2)
    for number in range(3 * MAX_KEYS):
        rate.count(f"name-{number}", NOW)
        rate.count("busy", NOW)
    assert len(rate._tries) == MAX_KEYS
    assert rate.spent("busy", NOW)
    assert not rate.spent("busy", NOW + SPAN)
    assert not rate.spent("name-0", NOW)
