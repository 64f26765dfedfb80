"""Concerns: what is wrong with a client, since when, and how urgent it is."""

from rapport.domain.concerns.kinds import KINDS, NEWS, STATES, ConcernKind
from rapport.domain.concerns.verdict import Concern, Figure, Verdict

__all__ = ["KINDS", "NEWS", "STATES", "Concern", "ConcernKind", "Figure", "Verdict"]
