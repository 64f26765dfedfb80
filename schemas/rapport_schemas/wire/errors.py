"""The one base of every error that a person can meet."""


class RapportError(Exception):
    """Something a person can mend: the message says what was met, what was expected, what to do."""
