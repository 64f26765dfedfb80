"""Base class of all errors whose message is for users."""


class RapportError(Exception):
    """Error for a user: the message says what is wrong, what is expected and what to do."""
