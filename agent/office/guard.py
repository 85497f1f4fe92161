"""Who may talk to the pages for people, and what every answer carries.

The Host header is checked because a foreign name can be made to resolve to the kiosk (DNS
rebinding), the Origin because any web page can send a form here from a manager's browser.
"""

from __future__ import annotations

import fcntl
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Address, ip_address

from aiohttp import web

COOKIE = "__Host-smilepost-office"
HTTPS_PORT = 443
SIOCGIFADDR = 0x8915
"""Linux: asks an interface for its address (netdevice(7))."""
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


def own_addresses(listening: IPv4Address) -> tuple[str, ...]:
    """Return the IPv4 addresses at which the network finds this machine, loopback left out.

    `listening` is the one that is listened to; 0.0.0.0 stands for those of every interface.
    """
    found = [str(listening)] if int(listening) else _of_interfaces()
    return tuple(dict.fromkeys(each for each in found if not ip_address(each).is_loopback))


def _of_interfaces() -> list[str]:
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode())
            with suppress(OSError):  # this one has no address now
                answer = fcntl.ioctl(asking, SIOCGIFADDR, request)
                found.append(socket.inet_ntoa(answer[20:24]))
    return found


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
