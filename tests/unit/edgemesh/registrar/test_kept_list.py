"""The deny list where the registrar is another process: kept in the role's directory, known again without it."""

from pathlib import Path

import pytest

from firmware.vault.identity import TrustAnchor
from hal.sim.virtual_time import run
from tests.support.mesh_site import ORG
from tests.support.registrar_rig import Registry
from tools.edgemesh.denials import Denials
from tools.edgemesh.followers import FILE, keep_list, take_kept_list


def test_a_role_that_starts_without_the_registrar_knows_what_it_heard_last(tmp_path: Path) -> None:
    async def story() -> None:
        registry = Registry()
        (await registry.deny("user/ada")).expect(201)
        mesh = registry.site.mesh
        keep_list(tmp_path / "org", mesh.roles.verifier.denials.signed())
        later = Denials(TrustAnchor(mesh.ca.certificate_pem), ORG, registry.site.clock)
        take_kept_list(tmp_path / "org", later)
        assert later.current().since("user/ada")
        assert later.number == mesh.roles.verifier.denials.number

    run(story())


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"list":"AAAA","signature":"AAAA"}'])
def test_what_is_damaged_is_fetched_anew(tmp_path: Path, content: bytes | None) -> None:
    async def story() -> None:
        registry = Registry()
        keep_list(tmp_path / "org", registry.site.mesh.roles.verifier.denials.signed())
        path = tmp_path / "org" / FILE
        path.unlink() if content is None else path.write_bytes(content)
        known = Denials(TrustAnchor(registry.site.mesh.ca.certificate_pem), ORG, registry.site.clock)
        take_kept_list(tmp_path / "org", known)
        assert known.number == 0

    run(story())
