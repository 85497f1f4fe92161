"""Who may talk to the page's server: this machine's own page, and nobody through a browser trick.

The Host header is checked because a foreign name can be made to resolve to 127.0.0.1 (DNS
rebinding); the Origin because any web page may open a WebSocket to loopback.
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from agent.http.headers import stamp
from agent.http.pace import Pace

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
        " object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-cache",
}


MAX_PATH = 200
"""Characters as sent, far more than any path of the page has; file systems end at 255 bytes."""


def names(port: int) -> frozenset[str]:
    """Return the host names, with `port`, under which the page may be asked for."""
    return frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})


def host_guard(port: Callable[[], int]) -> Middleware:
    """Build the middleware that refuses every request for another host (421)."""

    @web.middleware
    async def refuse_other_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Host") not in names(port()):
            raise web.HTTPMisdirectedRequest(text=f"ask for http://127.0.0.1:{port()}")
        return await handler(request)

    return refuse_other_hosts


def slow_down(pace: Pace) -> Middleware:
    """Build the middleware that lets no more requests through than `pace` does; others wait."""

    @web.middleware
    async def wait(request: web.Request, handler: Handler) -> web.StreamResponse:
        await pace.wait()
        return await handler(request)

    return wait


@web.middleware
async def refuse_long_paths(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 404 to a path longer than any of the page's, before a file system sees it."""
    if len(request.rel_url.raw_path) > MAX_PATH:
        raise web.HTTPNotFound
    return await handler(request)


def check_origin(request: web.Request, *, port: int) -> None:
    """Refuse (403) a WebSocket that another site's page, or no page at all, wants to open."""
    allowed = {f"http://{name}" for name in names(port)}
    if request.headers.get("Origin") not in allowed:
        raise web.HTTPForbidden(text=f"the Origin must be http://127.0.0.1:{port}")


add_headers = stamp(HEADERS)
"""Puts the security headers on every response, errors too."""
