"""An HTTP client for a running worker: its JSON and its pages."""

import base64
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPSHandler

from rapport.domain.clients.registry import nearest_ids
from rapport.runtime.network import is_loopback
from rapport.runtime.secrets import Secret
from rapport.runtime.tls import client_context
from rapport_schemas.wire.errors import RapportError

TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class WebAccess:
    """Credentials and the certificate authority for a worker's pages."""

    ca_file: Path | None = None
    """The authority that issued the server's certificate; None for the system's authorities."""
    user: str | None = None
    password: Secret | None = None

    def headers(self) -> dict[str, str]:
        """Return the header that names the user."""
        if self.user is None or self.password is None:
            return {}
        # Joined, not formatted: a secret prints as stars.
        credentials = base64.b64encode((self.user + ":" + self.password).encode()).decode()
        return {"Authorization": f"Basic {credentials}"}


def fetch_json(url: str, access: WebAccess = WebAccess(), seconds: float = TIMEOUT_SECONDS) -> Any:
    """Return the JSON at `url`; raises `RapportError` when the request fails."""
    try:
        return json.loads(fetch(url, access, seconds))
    except json.JSONDecodeError as error:
        raise RapportError(f"{url} answers no JSON ({error}); is it a worker's address?") from error


def fetch(url: str, access: WebAccess = WebAccess(), seconds: float = TIMEOUT_SECONDS) -> bytes:
    """Return the body at `url`; raises `RapportError` when the request fails."""
    if not url.startswith(("http://", "https://")):
        raise RapportError(f"{url} is not an http address; give one such as http://127.0.0.1:9464")
    if access.user is not None and not _is_private(url):
        raise RapportError(f"{url} would carry the password for all to read; use https")
    try:
        request = urllib.request.Request(url, headers=access.headers())  # noqa: S310 # the scheme was checked
        context = client_context(access.ca_file) if url.startswith("https:") else None
        handlers = [_SafeRedirects(), *([HTTPSHandler(context=context)] if context else [])]
        opener = urllib.request.build_opener(*handlers)
        with opener.open(request, timeout=seconds) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.UNAUTHORIZED:
            error.close()
            raise RapportError(
                f"{url} asks for a user and a password; give --user and --password-file"
            ) from error
        raise RapportError(_error_text(error, url)) from error
    except (OSError, http.client.HTTPException) as error:
        raise RapportError(
            f"no worker answers at {url} ({error}); start one with `rapport worker` or "
            "`rapport demo`, or give its address with --url (and --ca-file for its certificate)"
        ) from error


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a worker to the one that has a client; a password goes nowhere unencrypted."""

    def redirect_request(self, *told: Any) -> Any:
        """Return the request to follow with; `told` is the request and, at last, its address."""
        req, newurl = told[0], told[-1]
        if req.has_header("Authorization") and not _is_private(newurl):
            raise RapportError(f"{newurl} would carry the password for all to read; use https")
        return super().redirect_request(*told)


def find_client_id(clients: Iterable[Mapping[str, Any]], text: str) -> str:
    """Return the id of the client in `/clients` with this id or name; letter case is ignored.

    Raises `RapportError` with the nearest ids.
    """
    ids = {key.casefold(): one["id"] for one in clients for key in (one["name"], one["id"])}
    if text.casefold() in ids:
        return str(ids[text.casefold()])
    raise RapportError(
        f"no client here has the id or name {text!r}{nearest_ids(text.casefold(), ids)}"
    )


def chosen_clients(
    clients: list[dict[str, Any]], group: str | None, owner: str | None
) -> list[dict[str, Any]]:
    """Return the clients of `/clients` that are in a group and have an owner; None for any.

    Raises `RapportError` for a group or an owner that no client here has.
    """
    for name, wanted, of in (("owner", owner, _owner), ("group", group, _groups)):
        if wanted is None:
            continue
        known = {one.casefold(): one for client in clients for one in of(client)}
        if wanted.strip().casefold() not in known:
            near = nearest_ids(wanted.casefold(), known)
            raise RapportError(f"no client here has the {name} {wanted!r}{near}")
        folded = wanted.strip().casefold()
        clients = [one for one in clients if folded in (each.casefold() for each in of(one))]
    return clients


def _owner(client: Mapping[str, Any]) -> list[str]:
    return [client["owner"]]


def _groups(client: Mapping[str, Any]) -> list[str]:
    return [str(one) for one in client["organisation"]["group"]]


def _is_private(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or is_loopback(parts.hostname or "")


def _error_text(error: urllib.error.HTTPError, url: str) -> str:
    """Return the worker's own message, or the status when there is none."""
    try:
        text = json.load(error)["error"]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
        return f"{url} answers {error.code} {error.reason}"
    return f"{text} ({url})"
