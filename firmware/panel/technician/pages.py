"""The technician's pages: what each route answers. Plain HTML; what lives in it comes as events where there is
JavaScript, and by loading the page again where there is none."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from firmware.errors import LockgateError
from firmware.panel.accepted import accepted
from firmware.panel.guard import Guard
from firmware.panel.render import HERE as PANEL
from firmware.panel.server import Statics
from firmware.panel.speech import Speech, Speeches
from firmware.panel.streams import Streams, event
from firmware.panel.technician.drawing import Drawing
from firmware.panel.technician.insight import Insight
from firmware.panel.technician.onlookers import Onlookers
from firmware.panel.technician.recent import RecentLines
from firmware.panel.technician.solving import Solving
from firmware.panel.technician.tongues import speeches
from firmware.panel.technician.trying import Trying
from firmware.resetting import FactoryReset
from hal.ports.errors import DeviceError

HERE: Final = Path(__file__).parent
PARTS: Final = ("overview", "readers", "printer", "journal")
EVERY_SECONDS = 5.0
"""Between two looks at what does not tell by itself that it changed."""


class TechnicianFormError(LockgateError):
    """Codes: `form-foreign` (without this page's token), `form-malformed`."""

    code = "form-foreign"


class Pages:
    """Serves one station's inside."""

    def __init__(
        self,
        insight: Insight,
        onlookers: Onlookers,
        journal: RecentLines,
        *,
        solving: Solving,
        trying: Trying,
        reset: FactoryReset | None = None,
        streams: Streams | None = None,
        spoken: Speeches | None = None,
    ) -> None:
        self._insight, self._onlookers, self._journal = insight, onlookers, journal
        self._solving, self._trying = solving, trying
        self._reset = reset if reset is not None and reset.is_offered else None
        self._drawing, self._speeches = Drawing(), speeches() if spoken is None else spoken
        self._statics, self._vendored = Statics(HERE / "static"), Statics(PANEL / "static")
        self._trouble = ""
        self.streams = Streams() if streams is None else streams

    def routes(self, guard: Guard) -> list[web.RouteDef]:
        """The routes."""

        async def page(request: web.Request) -> web.Response:
            return await self._page(request, guard)

        async def events(request: web.Request) -> web.StreamResponse:
            return await self._events(request, guard)

        async def do(request: web.Request) -> web.Response:
            return await self._do(request, guard)

        return [
            web.get("/", page, allow_head=False),
            web.get("/{part:(readers|printer|journal)}", page, allow_head=False),
            web.get("/events/{part:(overview|readers|printer|journal)}", events, allow_head=False),
            web.get("/support.zip", self._bundle, allow_head=False),
            web.get("/static/{name}", self._static, allow_head=False),
            web.post("/{part:(readers|printer|overview)}/{act}", do),
        ]

    async def _page(self, request: web.Request, guard: Guard) -> web.Response:
        part, show = request.match_info.get("part", "overview"), _show(request)
        self._onlookers.look()
        trouble, self._trouble = self._trouble, ""
        values = await self._values(part, show=show, token=guard.entry.form_token)
        text = self._drawing.page(part, self._speech(request), values | {"trouble": trouble})
        return web.Response(text=text, content_type="text/html", headers={"Referrer-Policy": "same-origin"})

    async def _events(self, request: web.Request, guard: Guard) -> web.StreamResponse:
        part, speech = request.match_info["part"], self._speech(request)
        live = self._live(part, guard.entry.form_token, speech, show=_show(request))
        return await self.streams.send(request, live, guard.judge)

    def _speech(self, request: web.Request) -> Speech:
        return self._speeches.of(accepted(request.headers.get("Accept-Language", "")), "")

    async def _live(self, part: str, token: str, speech: Speech, *, show: bool) -> AsyncIterator[bytes]:
        before = ""
        while True:
            self._onlookers.look()
            values = await self._values(part, show=show, token=token)
            drawn = self._drawing.live(part, speech, values)
            if drawn != before:
                before = drawn
                yield event("live", drawn)
            await self._onlookers.change(EVERY_SECONDS)

    async def _values(self, part: str, *, show: bool, token: str) -> dict[str, Any]:
        values: dict[str, Any] = {"part": part, "show": show, "token": token, "station": self._insight.station}
        match part:
            case "overview":
                values |= {"findings": await self._insight.findings(), "health": self._insight.health()}
                values |= {"reset": self._reset is not None}
            case "readers":
                values |= {"taps": self._insight.taps(show=show), "holds": self._onlookers.holds}
                values |= {"solving": self._solving, "health": self._insight.health()}
            case "printer":
                values |= {"rows": await self._trying.rows(), "trying": self._trying}
            case _:
                values |= {"lines": self._journal.lines}
        return values

    async def _static(self, request: web.Request) -> web.Response:
        own = request.match_info["name"] == "technician.css"
        return await (self._statics if own else self._vendored).give(request)

    async def _bundle(self, _request: web.Request) -> web.Response:
        packed = await self._insight.bundle(self._journal.lines)
        name = f'attachment; filename="lockgate-{self._insight.station}.zip"'
        return web.Response(body=packed, content_type="application/zip", headers={"Content-Disposition": name})

    async def _do(self, request: web.Request, guard: Guard) -> web.Response:
        form = await _form(request)
        if not guard.entry.is_ours(form.get("token")):
            raise TechnicianFormError
        part, act = request.match_info["part"], request.match_info["act"]
        try:
            await self._obey(part, act, form)
        except (LockgateError, DeviceError) as exc:
            self._trouble = exc.code
        show = "?show=1" if form.get("show") == "1" else ""
        return web.Response(status=303, headers={"Location": f"/{'' if part == 'overview' else part}{show}"})

    async def _obey(self, part: str, act: str, form: Mapping[str, str]) -> None:
        """Raises `LockgateError`, `DeviceError`; `HTTPNotFound` for what cannot be done."""
        match part, act:
            case "readers", "hold":
                self._onlookers.hold(wanted=form.get("wanted") == "yes")
            case "readers", "card":
                await self._solving.add(self._onlookers.tap(_number(form, "tap")), form.get("printed", "").strip())
            case "readers", "forget":
                self._solving.forget()
            case "readers", "rule":
                self._keep(form)
            case "printer", "test":
                self._trying.begin()
            case "printer", "identify":
                await self._trying.identify()
            case "overview", "reset" if self._reset is not None:
                await self._reset.begin(form.get("name", "").strip())
            case _:
                raise web.HTTPNotFound

    def _keep(self, form: Mapping[str, str]) -> None:
        whose = form.get("reader", "")
        if whose and whose not in self._insight.health():
            raise TechnicianFormError("reader", code="form-malformed")
        self._solving.keep(_number(form, "rule"), whose or None)


def _show(request: web.Request) -> bool:
    return request.query.get("show") == "1"


def _number(form: Mapping[str, str], name: str) -> int:
    text = form.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise TechnicianFormError(name, code="form-malformed")
    return int(text)


async def _form(request: web.Request) -> dict[str, str]:
    try:
        return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    except (ValueError, LookupError) as exc:  # bytes and character set, as the browser had it
        raise TechnicianFormError(code="form-malformed") from exc
