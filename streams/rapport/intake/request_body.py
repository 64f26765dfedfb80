"""Reads a request's body within its limits of size and time."""

import asyncio

from aiohttp import web

from rapport.intake.limits import Capacity
from rapport_schemas.wire.http import BODY_BYTES_MAX, JSON_TYPE, RequestRejected


def media_type(request: web.Request) -> str:
    """Return which of the three media types a body is; raises `Refused` for any other.

    Binary mode needs no Content-Type: the CloudEvents library for Python sends none by itself.
    """
    found = request.content_type
    if "Content-Type" not in request.headers and "ce-specversion" in request.headers:
        found = JSON_TYPE
    charset = (request.charset or "utf-8").lower()
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if found not in BODY_BYTES_MAX:
        raise RequestRejected(
            "wrong-content-type", "", f"{found[:64]}; known: {', '.join(BODY_BYTES_MAX)}"
        )
    if charset not in {"utf-8", "utf8"} or encoding != "identity":
        detail = f"charset {charset[:32]}, encoding {encoding[:32]}; send UTF-8, not compressed"
        raise RequestRejected("wrong-content-type", "", detail)
    return found


def check_length(request: web.Request, kind: str) -> None:
    """Raise `Refused` when the body says that it is too long."""
    if (request.content_length or 0) > BODY_BYTES_MAX[kind]:
        raise _too_big(kind)


async def read_body(request: web.Request, kind: str, seconds_max: float, bound: Capacity) -> bytes:
    """Return the body; its length is taken from `bound`, for the caller to give back.

    Raises `Refused`, with nothing taken, when the body is too long, late, or cut off, or when all
    bodies together are too much.
    """
    await _say_continue(request)
    body, whole = bytearray(), False
    try:
        async with asyncio.timeout(seconds_max):
            async for part in request.content.iter_any():
                _add(part, body, kind, bound)
        whole = True
    except TimeoutError:
        detail = f"{len(body)} bytes came in {seconds_max:g} seconds, and the body is not done"
        raise RequestRejected("too-slow", "", detail) from None
    except (web.RequestPayloadError, ConnectionError) as error:
        raise RequestRejected("malformed", "", f"the body was cut off: {error}"[:256]) from None
    finally:
        if not whole:
            bound.give(len(body))
    return bytes(body)


def _add(part: bytes, body: bytearray, kind: str, bound: Capacity) -> None:
    bound.take(len(part))
    body += part
    if len(body) > BODY_BYTES_MAX[kind]:
        raise _too_big(kind)


async def _say_continue(request: web.Request) -> None:
    """Ask for the body that a sender holds back until its head was judged."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


def _too_big(kind: str) -> RequestRejected:
    return RequestRejected("too-big", "", f"the body is over {BODY_BYTES_MAX[kind]} bytes")
