"""Print text from a database, which may contain any character, on a terminal."""


def printable(text: str) -> str:
    """Escape the control characters of the text, except for newlines."""
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode()
        for character in text
    )
