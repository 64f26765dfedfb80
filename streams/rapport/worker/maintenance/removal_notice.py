"""Notice of a removal: what the passing of a day does not explain is removed 20 hours later."""

from rapport.domain.ledger.retention import NOTICE_SECONDS, DeletionNotice, covers, is_sudden


class RemovalNotice:
    """The notice that is given of a table's removals."""

    def __init__(self) -> None:
        self.waiting = 0
        """How many values the notice announced."""
        self._notice: DeletionNotice | None = None

    def waits(self, first_day: int, monotonic_seconds: float) -> bool:
        """Return whether the notice covers a removal before `first_day`, and has not ended."""
        notice = self._notice
        if notice is None or not covers(notice, first_day):
            return False
        return monotonic_seconds - notice.since_seconds < NOTICE_SECONDS

    def is_needed(self, oldest_day: int, first_day: int) -> bool:
        """Return whether a removal is sudden, and no notice covers it."""
        return is_sudden(oldest_day, first_day) and not covers(self._notice, first_day)

    def give(self, first_day: int, monotonic_seconds: float, count: int) -> None:
        """Give notice that `count` values of before `first_day` will be removed."""
        self._notice, self.waiting = DeletionNotice(first_day, monotonic_seconds), count

    def cancel(self) -> None:
        """End the notice: its values are removed, or stay."""
        self._notice, self.waiting = None, 0
