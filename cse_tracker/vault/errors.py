"""The one way in which the vault fails."""


class CryptoError(Exception):
    """A sealed value, a wrapped key or a root key could not be opened. Deliberately carries no detail."""

    def __init__(self) -> None:
        super().__init__("This record could not be opened")


class RootKeyProblem(Exception):
    """The root key cannot be used; the message says what to do, and never contains key material."""
