"""Bounds on the connections of an HTTP server: their number, and a log that no client can fill.

Private API of aiohttp, verified with version 3.14.5: whether a connection waits for a request.
"""

import asyncio
import logging
import resource
from collections.abc import Callable
from typing import Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from rapport.runtime.private_api import require

require(RequestHandler, "_waiter", "_force_close", "force_close", library="aiohttp")
CONNECTIONS_MAX: Final = 1_024
BACKLOG_MAX: Final = 128
"""Connections that wait to be accepted, and that are accepted at once."""
HEADERS_MAX: Final = 100
HANDSHAKE_SECONDS: Final = 10.0
"""For the TLS handshake of a new connection."""
LINGER_SECONDS: Final = 1.0
"""How long the rest of a rejected body is read, so that its sender can read the response."""
connections_log = logging.getLogger(__name__)
# aiohttp logs a traceback for every malformed request head: any client could fill the log.
connections_log.setLevel(logging.CRITICAL)


def connections_max() -> int:
    """Return how many connections a server may hold: a third of the process's file descriptors.

    The others are for Kafka, the local store and the log.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return CONNECTIONS_MAX if soft == resource.RLIM_INFINITY else min(CONNECTIONS_MAX, soft // 3)


def backlog(maximum: int) -> int:
    """Return how many connections are accepted at once: few where few may be held."""
    return max(1, min(BACKLOG_MAX, maximum // 4))


def bounded_protocols(runner: web.AppRunner, maximum: int) -> Callable[[], asyncio.Protocol]:
    """Return a protocol factory for `create_server` that holds at most so many connections.

    A new one takes the place of the oldest that has no request; where every one has, it is closed.
    """

    def protocol() -> asyncio.Protocol:
        server = runner.server
        if server is None:
            return _RejectedConnection()
        connections = server.connections
        if len(connections) >= maximum:
            oldest = next(filter(_is_idle, connections), None)
            if oldest is None:
                return _RejectedConnection()
            oldest.force_close()
        return server()

    return protocol


def _is_idle(connection: RequestHandler) -> bool:
    """Return whether a connection waits for a request, and is not being closed already."""
    return connection._waiter is not None and not connection._force_close  # noqa: SLF001 # required above


class _RejectedConnection(asyncio.Protocol):
    """A connection above the limit: it is closed at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
