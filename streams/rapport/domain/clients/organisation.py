"""Organisation: what IT and the organisation decided about clients, from compacted topics."""

from dataclasses import dataclass, field

from rapport.domain.clients.agreed_texts import AgreedTexts
from rapport.domain.clients.approvals import Approvals
from rapport.domain.clients.places import Places


@dataclass(frozen=True, slots=True)
class Organisation:
    """The clients' places, the approved suppliers, and the agreed texts."""

    places: Places = field(default_factory=Places)
    approvals: Approvals = field(default_factory=Approvals)
    agreed: AgreedTexts = field(default_factory=AgreedTexts)

    @property
    def changes(self) -> int:
        """How often a record was put: it changes with what is known."""
        return self.places.changes + self.approvals.changes + self.agreed.changes

    def frozen(self) -> "Organisation":
        """Return a copy that later records do not change."""
        return Organisation(self.places.frozen(), self.approvals.frozen(), self.agreed.frozen())
