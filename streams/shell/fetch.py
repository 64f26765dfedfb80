"""Asks a running worker for JSON."""

import json
import urllib.error
import urllib.request
from typing import Any

from rapport.schemas.errors import RapportError

TIMEOUT_SECONDS = 10


def fetch_json(url: str) -> Any:
    """Return the JSON at `url`; raises `RapportError` when nothing answers there."""
    if not url.startswith(("http://", "https://")):
        raise RapportError(f"{url} is not an http address; give one such as http://127.0.0.1:9464")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 # the scheme was checked
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise RapportError(_said(error, url)) from error
    except (urllib.error.URLError, TimeoutError, json.JSONDecodeError) as error:
        raise RapportError(
            f"no worker answers at {url} ({error}); start one with `rapport worker` or "
            "`rapport demo`, or give its address with --url"
        ) from error


def _said(error: urllib.error.HTTPError, url: str) -> str:
    """Return what the worker says is wrong, or that it answered with an error."""
    try:
        said = json.load(error)["error"]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
        return f"{url} answers {error.code} {error.reason}"
    return f"{said} ({url})"
