"""Reads the body of a request, within limits of size and time."""

import asyncio

from aiohttp import web

from rapport.intake.limits import Capacity
from rapport_schemas.wire.content_type import ContentTypeError, content_mode
from rapport_schemas.wire.http import BODY_BYTES_MAX, RequestRejected


def media_type(request: web.Request) -> str:
    """Return which of the three media types a body has; raises `RequestRejected` for others.

    Binary mode needs no Content-Type: the CloudEvents library for Python sends none by default.
    """
    kind = request.headers.get("Content-Type")
    if not kind and "ce-specversion" not in request.headers:
        # A web page may send a body without a type to another site, unasked.
        raise RequestRejected("wrong-content-type", "", f"none; known: {', '.join(BODY_BYTES_MAX)}")
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding != "identity":
        detail = f"encoding {encoding[:32]}; send the body not compressed"
        raise RequestRejected("wrong-content-type", "", detail)
    try:
        return content_mode(kind)
    except ContentTypeError as error:
        raise RequestRejected("wrong-content-type", "", str(error)) from None


def check_length(request: web.Request, kind: str) -> None:
    """Raise `RequestRejected` when the Content-Length is too large."""
    if (request.content_length or 0) > BODY_BYTES_MAX[kind]:
        raise _too_big(kind)


async def read_body(
    request: web.Request, kind: str, seconds_max: float, capacity: Capacity
) -> bytes:
    """Return the body; its length is taken from `capacity`, and the caller gives it back.

    Raises `RequestRejected`, with nothing taken, when the body is too long, too slow or cut off,
    or when all bodies together exceed the capacity.
    """
    await _say_continue(request)
    body, whole = bytearray(), False
    try:
        async with asyncio.timeout(seconds_max):
            async for part in request.content.iter_any():
                _add(part, body, kind, capacity)
        whole = True
    except TimeoutError:
        detail = f"{len(body)} bytes came in {seconds_max:g} seconds, and the body is not done"
        raise RequestRejected("too-slow", "", detail) from None
    except (web.RequestPayloadError, ConnectionError) as error:
        raise RequestRejected("malformed", "", f"the body was cut off: {error}"[:256]) from None
    finally:
        if not whole:
            capacity.give(len(body))
    return bytes(body)


def _add(part: bytes, body: bytearray, kind: str, capacity: Capacity) -> None:
    capacity.take(len(part))
    body += part
    if len(body) > BODY_BYTES_MAX[kind]:
        raise _too_big(kind)


async def _say_continue(request: web.Request) -> None:
    """Send `100 Continue` to a client that waits for it before it sends the body."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


def _too_big(kind: str) -> RequestRejected:
    return RequestRejected("too-big", "", f"the body is over {BODY_BYTES_MAX[kind]} bytes")
