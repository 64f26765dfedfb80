"""The demo's accounts: one user, who records for every client, and the key of the forms."""

import json
import os
import secrets
from pathlib import Path
from typing import Final

import bcrypt

KEY_BYTES: Final = 33


def write_accounts(directory: Path, user: str, password: str) -> Path:
    """Write `web.json` with one writer, and the key of the forms beside it; return the file."""
    directory.mkdir(parents=True, exist_ok=True)
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt()).decode()
    document = {
        "reading": "open",
        "key_file": "form-key",
        "users": {user: {"role": "writer", "owners": ["*"], "password_hash": hashed}},
    }
    _write_private(directory / "form-key", secrets.token_urlsafe(KEY_BYTES))
    return _write_private(directory / "web.json", json.dumps(document, indent=2))


def _write_private(file: Path, text: str) -> Path:
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text + "\n")
    return file
