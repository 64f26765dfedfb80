"""The routing of alerts to teams, read from a TOML table."""

from importlib.resources import files
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from rapport.domain.documents.toml import parse_toml
from rapport.domain.documents.validation import validate
from rapport.domain.policy.base import Section
from rapport.language.codes import language_codes
from rapport_schemas.wire.errors import RapportError

Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=64)]
Path = Annotated[str, Field(min_length=1, max_length=1000)]
Address = Annotated[str, Field(pattern=r"^[^\s@{}]+@[^\s@{}]+$", max_length=254)]
Url = Annotated[str, Field(pattern=r"^https?://[^\s{}]+$", max_length=1000)]


def _known(code: str) -> str:
    codes = language_codes()
    if code not in codes:
        names = ", ".join(repr(one) for one in codes[:-1])
        raise ValueError(f"{code!r}: input should be {names} or {codes[-1]!r}")
    return code


Language = Annotated[str, AfterValidator(_known)]
TEAMS_MAX: Final = 500
EXAMPLE: Final = (files(__package__) / "routing.toml").read_text(encoding="utf-8")
"""A routing table with every key, explained."""


class RoutingError(RapportError):
    """A routing file that cannot be used."""


class Smtp(Section, strict=True):
    """The mail server."""

    smarthost: Annotated[str, Field(pattern=r"^[^\s{}]+:\d+$")]
    sender: Annotated[Address, Field(alias="from")]
    username: str | None = None
    password_file: Path | None = None
    require_tls: bool = True


class Team(Section, strict=True):
    """One team: the owners whose alerts it receives, its language and its channels."""

    name: Word
    owners: list[Word] = Field(default_factory=list, max_length=1000)
    language: Language | None = None
    email: Address | None = None
    slack_channel: str | None = None
    slack_url_file: Path | None = None
    teams_url_file: Path | None = None
    webhook_url: Url | None = None
    webhook_token_file: Path | None = None
    opportunities: Word | None = None

    @model_validator(mode="after")
    def _has_a_channel(self) -> Self:
        if not (self.email or self.slack_url_file or self.teams_url_file or self.webhook_url):
            raise ValueError(
                f"team {self.name!r} has no channel; give it email, slack_url_file, "
                "teams_url_file or webhook_url"
            )
        if bool(self.slack_channel) != bool(self.slack_url_file):
            raise ValueError(f"team {self.name!r} needs slack_channel and slack_url_file together")
        return self


class Routing(Section, strict=True):
    """The teams, and the defaults."""

    language: Language = "en"
    grafana_url: Url
    pipeline: Word
    others: Word
    smtp: Smtp | None = None
    teams: Annotated[list[Team], Field(alias="team", min_length=1, max_length=TEAMS_MAX)]

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        names = [team.name for team in self.teams]
        owners = [owner for team in self.teams for owner in team.owners]
        for kind, words in (("team", names), ("owner", owners)):
            twice = sorted({word for word in words if words.count(word) > 1})
            if twice:
                raise ValueError(f"{kind} {twice[0]!r} is there twice; each may be there once")
        named = [self.pipeline, self.others, *(t.opportunities or t.name for t in self.teams)]
        unknown = [name for name in named if name not in names]
        if unknown:
            raise ValueError(f"no team is called {unknown[0]!r}; there are {', '.join(names)}")
        if self.smtp is None and any(team.email for team in self.teams):
            raise ValueError("a team has an email, and there is no [smtp] to send it through")
        return self

    def language_of(self, team: Team) -> str:
        """Return a team's language."""
        return team.language or self.language


def parse_routing(text: str, name: str = "routing.toml") -> Routing:
    r"""Return the table; raises `RoutingError` with line, key, reason and remedy.

    >>> parse_routing(EXAMPLE).others
    'it-management'
    >>> try:
    ...     parse_routing(EXAMPLE.replace('"en"  ', '"de"  '))
    ... except RoutingError as error:
    ...     print(error)
    routing.toml is refused:
      language (line 3): 'de': input should be 'en' or 'nl'
    """
    return validate(Routing, parse_toml(text, name, RoutingError), RoutingError)
