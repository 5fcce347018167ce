"""`lockgate run` with both of its pages, as a process: begun at the files that it leaves, and ended in order."""

import http.client
import re
import signal
import socket
import stat
from pathlib import Path

from tests.support.pairing_server import served
from tests.wire.pairing.test_commands import config, line_with, provisioning, ran, talking

PATIENCE = 60.0


class UnixConnection(http.client.HTTPConnection):
    """HTTP to a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", 8632, timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(str(self._path))


def asked(connection: http.client.HTTPConnection, path: str, cookie: str = "") -> tuple[int, str, str]:
    """Status, what was said, and the cookie that was set."""
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    body = answer.read().decode("utf-8")
    connection.close()
    return answer.status, body, answer.headers.get("Set-Cookie", "").partition(";")[0]


def test_both_pages_of_a_station(tmp_path: Path) -> None:
    page = tmp_path / "technician.sock"
    with served() as (mesh, server):
        file = provisioning(tmp_path, mesh, server.url)
        more = f'[panel]\nlisten = "tcp:127.0.0.1:0"\n[technician]\nlisten = "unix:{page}"\n'
        path = config(tmp_path, "https://127.0.0.1:9", f'{more}[pairing]\nprovision = "{file}"\n')
        with talking("firmware", "run", "--config", path) as process:
            told = line_with(process.stdout, "panel at ")
            port = int(re.search(r"127\.0\.0\.1:([0-9]+)/", told)[1])  # type: ignore[index] # else the test fails
            line_with(process.stdout, "technician at ")
            start = tmp_path / "data" / "panel-start"
            assert stat.S_IMODE(start.stat().st_mode) == 0o640
            url = start.read_text(encoding="ascii").strip()
            assert url.rpartition("/")[2] not in told
            panel = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            assert asked(panel, "/")[:2] == (403, "start-required")
            cookie = asked(panel, url.removeprefix(f"http://127.0.0.1:{port}"))[2]
            assert 'id="screen"' in asked(panel, "/", cookie)[1]
            begin = (tmp_path / "data" / "technician-start").read_text(encoding="ascii").strip()
            cookie = asked(UnixConnection(page), begin)[2]
            status, overview, _ = asked(UnixConnection(page), "/", cookie)
            assert (status, "station lobby of org-1" in overview) == (200, True)
            assert "started -&gt;" in asked(UnixConnection(page), "/journal", cookie)[1]
            doctor = ran("firmware", "doctor", "--config", path)
            assert f"technician: answers at unix:{page}" in doctor.stdout
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=PATIENCE)
            assert process.returncode == 0, errors
            assert "Traceback" not in errors
        assert not start.exists()
        assert not page.exists()


def test_a_station_that_cannot_serve_says_so_on_its_screen(tmp_path: Path) -> None:
    exposed = tmp_path / "provision.toml"
    exposed.write_text("[mesh]\n")
    exposed.chmod(0o644)
    more = f'[panel]\nlisten = "tcp:127.0.0.1:0"\ncontact = "Help desk 4711"\n[pairing]\nprovision = "{exposed}"\n'
    path = config(tmp_path, "https://127.0.0.1:9", more)
    with talking("firmware", "run", "--config", path) as process:
        assert process.stdout is not None
        told = process.stdout.readline() + process.stdout.readline()  # in either order
        port = int(re.search(r"127\.0\.0\.1:([0-9]+)/", told)[1])  # type: ignore[index] # else the test fails
        start = (tmp_path / "data" / "panel-start").read_text(encoding="ascii").strip()
        panel = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        cookie = asked(panel, start.removeprefix(f"http://127.0.0.1:{port}"))[2]
        screen = asked(panel, "/", cookie)[1]
        assert 'data-screen="out-of-service"' in screen
        assert "Help desk 4711" in screen
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, errors
        assert "cannot serve: provisioning-exposed" in told
        assert "Traceback" not in errors
    assert not (tmp_path / "data" / "panel-start").exists()


def test_a_panel_for_everybody_is_refused(tmp_path: Path) -> None:
    path = config(tmp_path, "https://127.0.0.1:9", '[panel]\nlisten = "tcp:0.0.0.0:8631"\n')
    done = ran("firmware", "run", "--config", path)
    assert done.returncode == 78
    assert "listen-exposed" in done.stderr
    assert "panel.listen" in done.stderr
