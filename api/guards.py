"""What stands before every page: no cross-site writes, no script of others, no caching of what is personal.

Written as plain ASGI, because Starlette's own middleware base costs more than a page does.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), camera=(self)",
}
LARGEST_REQUEST = 70 * 1024 * 1024


class Guards:
    """Refuses writes that another site started, and requests too large to be ours; adds the headers."""

    def __init__(self, app: ASGIApp, address: str) -> None:
        self._app = app
        self._origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        self._is_secure = address.startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope["path"])
            await send(message)

        if scope["method"] not in SAFE and not scope["path"].startswith("/api/") and self._is_foreign(headers):
            refusal = PlainTextResponse(
                "This form was sent from another site, so nothing was changed. Open the page again and send it there.",
                403,
            )
            await refusal(scope, receive, send_with_headers)
        elif scope["path"].startswith("/api/"):  # it says for itself, as problems, what it does not take
            await self._app(scope, receive, send_with_headers)
        elif "\x00" in scope["path"]:  # no address of ours has one, and no database takes it
            await PlainTextResponse("There is no such page.", 404)(scope, receive, send_with_headers)
        elif int(headers.get("content-length") or 0) > LARGEST_REQUEST:
            too_large = PlainTextResponse("This is too large. Send files of up to 20 MB each, 60 MB together.", 413)
            await too_large(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)

    def _is_foreign(self, headers: Headers) -> bool:
        """Sec-Fetch-Site where the browser says it; else the origin it names; no browser names neither for a form."""
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site not in ("same-origin", "none")
        origin = headers.get("origin")
        return origin is not None and origin not in (self._origin, f"http://{headers.get('host', '')}")

    def _add(self, headers: MutableHeaders, path: str) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "public, max-age=3600" if path.startswith("/static/") else "no-store")
        if self._is_secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
