"""API tokens, stored as SHA-256 hashes in a private TOML file, each limited to its sources."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from rapport.domain.documents.toml import parse_toml
from rapport.domain.documents.validation import validate
from rapport.domain.policy.base import Section
from rapport.runtime.file_watcher import ReloadedFile
from rapport.runtime.secrets import check_private
from rapport.runtime.toml_file import read_text
from rapport_schemas.fields import Slug
from rapport_schemas.wire.errors import RapportError

TOKENS_MAX: Final = 1_000
RATE_DEFAULT: Final = 5_000
TOKEN_PREFIX: Final = "rapport_"  # noqa: S105 # a fixed prefix, which secret scanners can find
TOKEN_BYTES: Final = 32
_Source = Annotated[str, StringConstraints(pattern=r"^[^*\s\x00-\x1f]*\*?$", min_length=1)]


class TokensError(RapportError):
    """The token file cannot be used."""


class Token(Section, strict=True):
    """One token, and its permissions."""

    name: Slug
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    sources: Annotated[list[_Source], Field(min_length=1, max_length=1_000)]
    """Exact sources; one that ends in `*` is a prefix."""
    rate_events_per_second: Annotated[float, Field(gt=0, le=1e9, strict=False)] = RATE_DEFAULT
    registry: bool = False
    """Whether it may register and remove clients."""

    def speaks_for(self, source: str) -> bool:
        """Return whether the token may send events of `source`."""
        return any(
            source.startswith(name[:-1]) if name.endswith("*") else source == name
            for name in self.sources
        )


class _File(Section, strict=True):
    token: Annotated[list[Token], Field(min_length=1, max_length=TOKENS_MAX)]

    @model_validator(mode="after")
    def _check_unique(self) -> Self:
        for what in ("name", "sha256"):
            values = [getattr(token, what) for token in self.token]
            repeated = next((value for value in values if values.count(value) > 1), None)
            if repeated is not None:
                raise ValueError(f"two tokens have the {what} {repeated}; each has its own")
        return self


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a token file."""

    tokens: tuple[Token, ...]

    def find(self, presented: str) -> Token | None:
        """Return the token that was presented, or None, in constant time."""
        digest = _digest(presented)
        match = None
        for token in self.tokens:
            if hmac.compare_digest(token.sha256, digest):
                match = token
        return match


def parse_tokens(text: str, origin: str) -> Tokens:
    """Return the tokens of a TOML document; raises `TokensError` with line and key."""
    document = parse_toml(text, origin, TokensError)
    return Tokens(tuple(validate(_File, document, TokensError, secret=True).token))


def load_tokens(path: Path) -> Tokens:
    """Return the tokens of a file that only its owner can read."""
    check_private(path, "the token file", of_owner=True)
    return parse_tokens(read_text(path, "the token file", TokensError), str(path))


def token_file(path: Path) -> ReloadedFile[Tokens]:
    """Return the tokens of a file, read again when it changes."""
    return ReloadedFile("the token file", lambda: load_tokens(path), path)


def new_token(name: str, sources: Sequence[str]) -> tuple[str, str]:
    """Return (token, stanza): a new token, and its entry for the token file.

    Raises `TokensError` when the name or a source is not allowed.
    """
    token = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    stanza = "\n".join(
        [
            "[[token]]",
            f"name = {_quoted(name)}",
            f'sha256 = "{_digest(token)}"',
            f"sources = [{', '.join(map(_quoted, sources))}]",
            "",
        ]
    )
    parse_tokens(stanza, "the new token")
    return token, stanza


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
