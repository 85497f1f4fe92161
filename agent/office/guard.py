"""Who may talk to the pages for people, and what every answer carries.

The Host header is checked because a foreign name can be made to resolve to the kiosk (DNS
rebinding), the Origin because any web page can send a form here from a manager's browser.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable

from aiohttp import web

COOKIE = "__Host-smilepost-office"
HTTPS_PORT = 443
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with no-referrer a browser's own form has Origin: null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
ONLY_TLS = {"Strict-Transport-Security": "max-age=15552000"}
"""Half a year; only with a certificate that browsers trust."""


def own_names(more: Iterable[str]) -> tuple[str, ...]:
    """Return the names under which this machine is asked for: its own, and `more`."""
    host = socket.gethostname().partition(".")[0].lower()
    return (f"{host}.local", host, "localhost", *more)


def is_asked_for(request: web.Request, *, names: Iterable[str], port: int) -> bool:
    """Tell whether a request is for this kiosk: by one of `names`, or by the address it came to."""
    sockname = None if request.transport is None else request.transport.get_extra_info("sockname")
    hosts = {*names, *([] if sockname is None else [str(sockname[0])])}
    known = {f"{host}:{port}" for host in hosts} | (hosts if port == HTTPS_PORT else set())
    asked = request.headers.getall("Host", [])
    return len(asked) == 1 and asked[0].lower() in known


def is_from_our_page(request: web.Request) -> bool:
    """Tell whether a form was sent by a page of this very host. Check the host first."""
    origins = request.headers.getall("Origin", [])
    ours = f"https://{request.headers.get('Host', '')}".lower()
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    return len(origins) == 1 and origins[0].lower() == ours and site == "same-origin"
