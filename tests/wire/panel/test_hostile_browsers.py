"""The panel before whoever else is on the machine: other users, other pages, peers that keep to nothing."""

import random
import stat
from pathlib import Path

import pytest

from firmware.panel.verbs import VERBS
from tests.support.aio import run
from tests.support.panel_site import Browser, own, panel

FORM = {"visit": "1"}
SECRETS = ("Server", "X-Powered-By")


def test_the_start_address_opens_the_page(tmp_path: Path) -> None:
    async def main() -> None:
        async with panel(tmp_path) as site:
            begun = await Browser(site).ask("GET", site.start, Sec_Fetch_Site="cross-site")
            assert begun.status == 200
            cookie = begun.headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
            assert 'http-equiv="refresh"' in begun.text
            page = await Browser(site).ask("GET", "/", Cookie=cookie.partition(";")[0])
            assert page.status == 200
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]
            assert page.headers["Cache-Control"] == "no-store"
            assert not any(name in page.headers for name in SECRETS)
            assert site.entry.secret not in "\n".join(site.lines)
            assert site.entry.cookie not in "\n".join(site.lines)
            assert site.lines == [
                f"panel at http://127.0.0.1:{site.port}/, begin at the address in {tmp_path}/panel-start"
            ]

    run(main())


def test_the_address_lies_where_its_group_may_read_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with panel(tmp_path) as site:
            for name in ("panel-start", "panel-start.html"):
                assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o640
                assert site.origin + site.start in (tmp_path / name).read_text()

    run(main())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["/", "/events", "/static/panel.css", "/nothing", "/start/", "/start/x", "/start/%00"])
def test_without_the_cookie_there_is_nothing(tmp_path: Path, path: str) -> None:
    async def main() -> None:
        async with panel(tmp_path) as site:
            for cookie in ("", "lockgate-panel=", "lockgate-panel=x", f"lockgate-panel={site.entry.secret}", "é=ü"):
                told = await Browser(site).ask("GET", path, Cookie=cookie)
                assert told.status in (403, 404)
                assert told.text in ("start-required", "path-unknown")
                assert "panel.js" not in told.text

    run(main())


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost:80"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "rubbish"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "null", "Sec_Fetch_Site": ""},
        {"Origin": "", "Sec_Fetch_Site": ""},
        {"Sec_Fetch_Site": "none"},
    ],
)
def test_no_other_page_posts_a_form(tmp_path: Path, headers: dict[str, str]) -> None:
    async def main() -> None:
        async with panel(tmp_path) as site:
            told = await own(site).ask("POST", "/do/leave", FORM, **headers)
            assert (told.status, told.text) == (403, "request-foreign")
            assert site.posted == []

    run(main())


def test_our_own_page_does(tmp_path: Path) -> None:
    async def main() -> None:
        async with panel(tmp_path) as site:
            for headers in ({"Origin": site.origin, "Sec_Fetch_Site": ""}, {"Origin": "null"}, {"Origin": site.origin}):
                told = await own(site).ask("POST", "/do/leave", FORM, **headers)
                assert (told.status, told.text) == (409, "visit-over")

    run(main())


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "PROPFIND"])
def test_no_other_methods(tmp_path: Path, method: str) -> None:
    async def main() -> None:
        async with panel(tmp_path) as site:
            assert (await own(site).ask(method, "/")).status == 405

    run(main())


@pytest.mark.parametrize(
    "path",
    [
        *("/static/", "/static", "/static/../server.py", "/static/%2e%2e/server.py", "/static/..%2fserver.py"),
        *(
            "/static//etc/passwd",
            "/static/pictures",
            "/do/leave",
            "/favicon.ico",
            "/events/",
            "/%00",
            "/templates/page.html",
        ),
    ],
)
def test_everything_else_is_unknown(tmp_path: Path, path: str) -> None:
    async def main() -> None:
        async with panel(tmp_path) as site:
            told = await own(site).ask("GET", path)
            assert told.status in (404, 405)
            assert told.text in ("path-unknown", "method-refused")

    run(main())


def test_our_files_are_given(tmp_path: Path) -> None:
    async def main() -> None:
        async with panel(tmp_path) as site:
            script = await own(site).ask("GET", "/static/panel.js")
            assert (script.status, script.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
            picture = await own(site).ask("GET", "/static/pictures/tap.svg")
            assert picture.headers["Content-Type"] == "image/svg+xml"

    run(main())


def test_a_form_is_small_and_of_one_kind(tmp_path: Path) -> None:
    async def main() -> None:
        async with panel(tmp_path) as site:
            large = await own(site).ask("POST", "/do/leave", {"visit": "1" * 20_000})
            assert (large.status, large.text) == (413, "form-too-large")
            parts = await own(site).ask("POST", "/do/leave", b"--x\r\n", Content_Type="multipart/form-data; boundary=x")
            assert (parts.status, parts.text) == (415, "form-type")

    run(main())


def test_forms_of_noise_change_nothing(tmp_path: Path) -> None:
    dice = random.Random(6)  # noqa: S311 - the same noise in each run
    words = ["visit", "1", "0", "-1", "9" * 400, "job", "wanted", "yes", "é", "\0", "%", "&", "=", "pages", "kind", "²"]

    async def main() -> None:
        async with panel(tmp_path) as site:
            for _ in range(150):
                verb = dice.choice([*VERBS, "x", "%00", "..", "é"])
                body = "".join(dice.choice(words) for _ in range(dice.randrange(12))).encode()
                body += dice.randbytes(dice.randrange(20))
                kind = "application/x-www-form-urlencoded" + dice.choice(["", "; charset=rot13", "; charset=utf-16"])
                told = await own(site).ask("POST", f"/do/{verb}", body, Content_Type=kind)
                assert told.status in (204, 400, 404, 405, 409), (verb, body)
            assert site.posted == []
            assert len(site.lines) == 1, site.lines

    run(main())
