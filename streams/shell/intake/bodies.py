"""Reads a request's body within its limits of size and time."""

import asyncio

from aiohttp import web

from rapport.schemas.intake import BODY_BYTES_MAX, JSON_TYPE, Refused


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
        raise Refused("wrong-content-type", "", f"{found[:64]}; known: {', '.join(BODY_BYTES_MAX)}")
    if charset not in {"utf-8", "utf8"} or encoding != "identity":
        detail = f"charset {charset[:32]}, encoding {encoding[:32]}; send UTF-8, not compressed"
        raise Refused("wrong-content-type", "", detail)
    return found


def body_bytes_max(request: web.Request, kind: str) -> int:
    """Return how long the body may be or says to be; raises `Refused` when that is too long."""
    most = BODY_BYTES_MAX[kind]
    said = request.content_length
    if said is not None and said > most:
        raise _too_big(most)
    return most if said is None else said


async def read_body(request: web.Request, most: int, seconds_max: float) -> bytes:
    """Return the body; raises `Refused` when it is over `most` bytes, late, or cut off."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
    parts, size = [], 0
    try:
        async with asyncio.timeout(seconds_max):
            async for part in request.content.iter_any():
                size += len(part)
                if size > most:
                    raise _too_big(most)
                parts.append(part)
    except TimeoutError:
        detail = f"{size} bytes came in {seconds_max:g} seconds, and the body is not done"
        raise Refused("too-slow", "", detail) from None
    except (web.RequestPayloadError, ConnectionError) as error:
        raise Refused("malformed", "", f"the body was cut off: {error}"[:256]) from None
    return b"".join(parts)


def _too_big(most: int) -> Refused:
    return Refused("too-big", "", f"the body is over {most} bytes")
