"""Who gets to see a document: the approved key or a verified name, decided before the first byte of HTTP."""

import base64
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from hal.ports.errors import PrinterUnreachableError, PrinterUntrustedError
from hal.sim.ipp_printer import ServedPrinter
from hal.sim.self_signed import SelfSigned, self_signed
from tests.support.printer_rigs import PeerRig, Peers, ServedRig, document, ticket
from tools.peers import ippeveprinter

OTHER_KEY = "0" * 64
KINDS = ["served", *(["ippeveprinter"] if ippeveprinter.available() else [])]


@pytest.fixture(params=KINDS)
def pinned(request: pytest.FixtureRequest) -> ServedRig | PeerRig:
    if request.param == "served":
        served: ServedRig = request.getfixturevalue("served")
        return served
    peers: Peers = request.getfixturevalue("peers")
    real = PeerRig(peers.take())
    request.addfinalizer(real.close)  # noqa: PT021 (only one of the two kinds has something to close)
    return real


def bare(rig: ServedRig | PeerRig) -> tuple[str, str]:
    """The printer's URI without its pin, and the pin in hex."""
    return (rig.server.uri, rig.server.pin) if isinstance(rig, ServedRig) else (rig.peer.uri, rig.peer.pin)


def in_base64(pin: str) -> str:
    return base64.b64encode(bytes.fromhex(pin)).decode()


@pytest.mark.parametrize("written", [str, str.upper, in_base64], ids=["hex", "HEX", "base64"])
def test_the_approved_key_is_trusted(pinned: ServedRig | PeerRig, written: Callable[[str], str]) -> None:
    async def main() -> None:
        uri, pin = bare(pinned)
        await pinned.open(f"{uri}?pin=sha256:{written(pin)}").status()

    pinned.run(main())


def test_another_key_is_not_and_hears_nothing(pinned: ServedRig | PeerRig) -> None:
    async def main() -> None:
        uri, pin = bare(pinned)
        printer = pinned.open(f"{uri}?pin=sha256:{OTHER_KEY}")
        for asking in (
            printer.status(),
            printer.create_job(ticket()),
            printer.send_document(1, ticket(), document(b"%PDF")),
            printer.job_status(1),
            printer.cancel_job(1),
        ):
            with pytest.raises(PrinterUntrustedError, match=pin) as caught:
                await asking
            assert caught.value.presented == bytes.fromhex(pin)
        if isinstance(pinned, ServedRig):
            assert pinned.server.requests == 0

    pinned.run(main())


def test_without_a_pin_the_systems_authorities_decide(pinned: ServedRig | PeerRig) -> None:
    async def main() -> None:
        with pytest.raises(PrinterUntrustedError, match="self-signed") as caught:
            await pinned.open(bare(pinned)[0]).status()
        assert caught.value.presented is None

    pinned.run(main())


def authority(tmp_path: Path, certificate: bytes) -> str:
    path = tmp_path / "ca.pem"
    path.write_bytes(certificate)
    return f"ca={path}"


async def ask(identity: SelfSigned, options: str, host: str = "127.0.0.1") -> int:
    """Ask a printer with that identity for its status; the requests it heard."""
    rig = ServedRig(identity=identity)
    try:
        async with rig.server as server:
            await rig.open(f"{server.uri.replace('127.0.0.1', host)}?{options}").status()
            return server.requests
    finally:
        rig.close()


def test_a_configured_authority_is_enough(served: ServedRig, tmp_path: Path) -> None:
    async def main() -> None:
        identity = self_signed()
        assert await ask(identity, authority(tmp_path, identity.certificate)) == 1

    served.run(main())


def test_an_authority_vouches_for_a_name(served: ServedRig, tmp_path: Path) -> None:
    async def main() -> None:
        identity = self_signed("printer.example")
        with pytest.raises(PrinterUntrustedError, match="localhost"):
            await ask(identity, authority(tmp_path, identity.certificate), host="localhost")

    served.run(main())


def test_an_expired_certificate_is_refused_by_name_and_accepted_by_pin(served: ServedRig, tmp_path: Path) -> None:
    async def main() -> None:
        identity = self_signed(valid=timedelta(days=-1))
        with pytest.raises(PrinterUntrustedError, match="expired"):
            await ask(identity, authority(tmp_path, identity.certificate))
        assert await ask(identity, f"pin=sha256:{identity.pin}") == 1

    served.run(main())


def test_authority_and_pin_both_have_to_hold(served: ServedRig, tmp_path: Path) -> None:
    async def main() -> None:
        one, other = self_signed(), self_signed()
        right, wrong = authority(tmp_path, one.certificate), f"pin=sha256:{other.pin}"
        assert await ask(one, f"{right}&pin=sha256:{one.pin}") == 1
        with pytest.raises(PrinterUntrustedError):
            await ask(one, f"{right}&{wrong}")
        with pytest.raises(PrinterUntrustedError):
            await ask(other, f"{right}&{wrong}")

    served.run(main())


def test_a_printer_without_tls_is_never_talked_to_in_the_clear(served: ServedRig) -> None:
    async def main() -> None:
        async with ServedPrinter(served.twin, encrypted=False) as plain:
            uri = plain.uri.replace("ipp:", "ipps:")
            with pytest.raises(PrinterUnreachableError):
                await served.open(f"{uri}?pin=sha256:{OTHER_KEY}").status()
            assert plain.requests == 0

    served.run(main())


def test_nobody_there_is_unreachable(served: ServedRig) -> None:
    async def main() -> None:
        gone = served.server.pinned_uri
        await served.server.__aexit__()
        with pytest.raises(PrinterUnreachableError):
            await served.open(gone).status()
        await served.server.__aenter__()

    served.run(main())


def test_a_name_without_an_address_is_unreachable(served: ServedRig, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_arguments: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def main() -> None:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        with pytest.raises(PrinterUnreachableError, match="not known"):
            await served.open(f"ipps://printer.example/ipp/print?pin=sha256:{OTHER_KEY}").status()

    served.run(main())
