"""Requests of forms: what is refused before its values are read, and the sentence for it."""

import asyncio
from http import HTTPStatus
from typing import Final

from aiohttp import web

from rapport.web.forms.forms import FORMS, Form
from rapport.web.forms.origin import is_same_origin
from rapport.web.forms.submission import BodyError, Typed, read_body

BODY_BYTES_MAX: Final = 131_072
BODY_SECONDS_MAX: Final = 10.0
FORM_TYPE: Final = "application/x-www-form-urlencoded"


class FormRefusedError(Exception):
    """A request that is answered with one sentence: the key of its text, and its slots."""

    def __init__(self, key: str, status: HTTPStatus, **values: str) -> None:
        self.key, self.status, self.values = key, status, values
        super().__init__(key)


def form_of(request: web.Request) -> Form:
    """Return the form that a path names; raises `FormRefusedError`."""
    form = FORMS.get(request.match_info["form"])
    if form is None:
        raise FormRefusedError("no_page", HTTPStatus.NOT_FOUND)
    return form


async def read_form(request: web.Request) -> Typed:
    """Return what a page of this server sends; raises `FormRefusedError` for any other body."""
    if not is_same_origin(request):
        raise FormRefusedError("form_from_elsewhere", HTTPStatus.FORBIDDEN)
    if request.content_type != FORM_TYPE or "Content-Encoding" in request.headers:
        raise FormRefusedError("form_unreadable", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            return read_body(await request.read())
    except TimeoutError:
        raise FormRefusedError("form_slow", HTTPStatus.REQUEST_TIMEOUT) from None
    except web.HTTPRequestEntityTooLarge:
        raise FormRefusedError("form_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from None
    except (BodyError, web.RequestPayloadError):
        raise FormRefusedError("form_unreadable", HTTPStatus.BAD_REQUEST) from None
