"""Text of a database, in whose names and messages anything may stand, for a terminal."""


def printable(text: str) -> str:
    """The text with its control characters as escapes, but for the ends of its lines."""
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode()
        for character in text
    )
