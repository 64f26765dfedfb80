"""Who may send: tokens, known by their SHA-256 only, each bound to the sources it speaks for."""

import hashlib
import hmac
import json
import secrets
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from rapport.schemas.errors import RapportError
from rapport.schemas.fields import Slug

TOKENS_MAX: Final = 1_000
RATE_DEFAULT: Final = 5_000
TOKEN_PREFIX: Final = "rapport_"  # noqa: S105 # what every token begins with, so that scanners find one
TOKEN_BYTES: Final = 32
_Source = Annotated[str, StringConstraints(pattern=r"^[^*\s\x00-\x1f]*\*?$", min_length=1)]


class TokensError(RapportError):
    """The token file cannot be used."""


class Token(BaseModel):
    """What one token may do."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Slug
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    sources: Annotated[list[_Source], Field(min_length=1, max_length=1_000)]
    """Exact sources; one that ends in `*` stands for all that begin so."""
    rate_events_per_second: Annotated[float, Field(gt=0, le=1e9, strict=False)] = RATE_DEFAULT
    registry: bool = False
    """Whether it may register and remove clients."""

    def speaks_for(self, source: str) -> bool:
        """Whether events of `source` may come with this token."""
        return any(
            source.startswith(known[:-1]) if known.endswith("*") else source == known
            for known in self.sources
        )


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    token: Annotated[list[Token], Field(min_length=1, max_length=TOKENS_MAX)]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens that are known."""

    known: tuple[Token, ...]

    def find(self, presented: str) -> Token | None:
        """Return the token that was presented, or None; takes as long either way."""
        digest = _digest(presented)
        found = None
        for token in self.known:
            if hmac.compare_digest(token.sha256, digest):
                found = token
        return found


def parse_tokens(text: str, origin: str) -> Tokens:
    """Return the tokens of a TOML document; raises `TokensError` with the place of an error."""
    try:
        known = _File.model_validate(tomllib.loads(text)).token
    except tomllib.TOMLDecodeError as error:
        raise TokensError(f"{origin}: not TOML: {error}") from None
    except ValidationError as error:
        # The input is left out: somebody may have pasted a token where its hash belongs.
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        path = ".".join(map(str, first["loc"]))
        raise TokensError(
            f"{origin}: {path}: {first['msg']}; a token is [[token]] with name, sha256, sources "
            "and, if wanted, rate_events_per_second and registry"
        ) from None
    for what in ("name", "sha256"):
        values = [getattr(token, what) for token in known]
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise TokensError(f"{origin}: two tokens have the {what} {twice}; each has its own")
    return Tokens(tuple(known))


def new_token(name: str, sources: Sequence[str]) -> tuple[str, str]:
    """Return (token, stanza): a fresh token, and what the token file must hold to know it.

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
