"""Refusals as RFC 9457 problem documents."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from pydantic_core import to_json

from rapport_schemas.wire.http import PROBLEM_TYPE, STATUS_OF_REASON, RequestRejected, title
from rapport_schemas.wire.rejection import Rejected


def problem(rejected: Rejected) -> dict[str, Any]:
    """Return the problem document of a refusal; `path` is a place in the event, or empty."""
    return {
        "type": f"urn:rapport:reason:{rejected.reason}",
        "title": title(rejected.reason),
        "status": STATUS_OF_REASON[rejected.reason],
        "reason": rejected.reason,
        "path": _clean(rejected.path),
        "detail": _clean(rejected.detail),
    }


def problem_response(rejected: Rejected, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return the answer to a request that is refused as a whole."""
    document = problem(rejected)
    response = web.Response(
        body=to_json(document),
        status=document["status"],
        content_type=PROBLEM_TYPE,
        headers={**retry_after(rejected), **(headers or {})},
    )
    if rejected.reason == "no-token":
        response.headers["WWW-Authenticate"] = 'Bearer realm="rapport"'
    if rejected.reason in {"too-slow", "stopping"}:
        response.force_close()
    return response


def retry_after(rejected: Rejected) -> dict[str, str]:
    """Return the header that says when to try again, for a refusal that passes."""
    if isinstance(rejected, RequestRejected) and rejected.retry_seconds is not None:
        return {"Retry-After": str(rejected.retry_seconds)}
    return {}


def _clean(text: str) -> str:
    """Return text that is UTF-8, whatever bytes the sender put in a header."""
    return text.encode(errors="replace").decode()
