"""A network of one's own, in which a guest's name for this machine is this machine's: and the other one afterwards."""

import os
import socket
import threading
from pathlib import Path

import pytest

from tools.image.apart import GATEWAY, OWN, apart, has_gateway
from tools.image.errors import ImageError
from tools.image.rig import free_port
from tools.image.site import Site


def where() -> Path:
    return Path(OWN).readlink()


def test_this_machine_is_there_what_guests_call_it() -> None:
    before = where()
    if os.geteuid() != 0:
        with pytest.raises(ImageError, match="no network of our own"), apart():
            raise AssertionError("only the superuser has such a network")
        return
    with apart():
        assert where() != before
        assert has_gateway()
        found: list[Path] = []
        thread = threading.Thread(target=lambda: found.append(where()))
        thread.start()
        thread.join()
        assert found == [where()], "whatever is started in there is in there"
        with socket.create_server((GATEWAY, 0)) as server:
            socket.create_connection(server.getsockname(), 30).close()
    assert where() == before


def test_an_administrator_reaches_the_mesh_while_guests_do(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        assert not has_gateway()
        return
    with apart(), Site(tmp_path, free_port()) as site:
        site.serve(for_guests=True)
        site.edgemesh("user", "add", "ada")
        assert "ada" in site.edgemesh("user", "list")
        card = site.introduction("hall", ("pcsc:",), "none:").decode()
        assert f'url = "https://{GATEWAY}:{site.port}"' in card
        assert "token" not in card
