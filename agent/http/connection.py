"""One connection: what is no HTTP gets a short answer, and the log one line in a minute.

aiohttp writes a traceback for every malformed request, so that anybody who may connect could fill
the log, and answers with its own version and none of our headers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import http_exceptions, web
from aiohttp.web_protocol import RequestPayloadError

from agent.http.headers import Nameless
from agent.http.pace import Seldom

log = logging.getLogger(__name__)

NO_HTTP = (http_exceptions.HttpProcessingError, RequestPayloadError)
BAD, OUR_FAULT = 400, 500


@dataclass(frozen=True, slots=True)
class Manners:
    """How the connections of one server behave; make one for all of them."""

    headers: Mapping[str, str]
    """On answers that no application gives."""
    idle_s: float
    """How long a request's line and headers may take, and the rest between two requests."""
    linger_s: float
    """How long a body that nobody asked for is read before the connection is closed."""
    malformed: Seldom = field(default_factory=Seldom)
    broken: Seldom = field(default_factory=Seldom)


class Connection(web.RequestHandler):
    """Make it inside a running event loop, as the protocol of a connection."""

    def __init__(self, server: web.Server, *, manners: Manners) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            logger=log,
            access_log=None,  # type: ignore[arg-type]  # documented: None logs no requests
            keepalive_timeout=manners.idle_s,
            lingering_time=manners.linger_s,
        )
        self._manners = manners

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = OUR_FAULT,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it repeats what was sent
    ) -> web.StreamResponse:
        """Answer what no application could; what was sent is never repeated."""
        if isinstance(exc, NO_HTTP):
            status = BAD
            self._tell_malformed(request)
        else:
            self.log_exception("a request from %s failed", request.remote, exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is sent: there cannot be another one")
        text = "this is no request that can be read" if status == BAD else "this went wrong"
        answer = Nameless(status=status, text=f"{text}\n", headers=self._manners.headers)
        answer.force_close()
        return answer

    def log_exception(self, *args: object, **details: object) -> None:
        """Write a traceback of our own mistake, one in a minute."""
        if self._manners.broken.ask() is not None:
            super().log_exception(*args, **details)

    def _tell_malformed(self, request: web.BaseRequest) -> None:
        before = self._manners.malformed.ask()
        if before is not None:
            log.warning(
                "what %s sent is no HTTP: refused (%d more since the last line)",
                request.remote,
                before,
            )
