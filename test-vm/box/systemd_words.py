"""How systemd reads an EnvironmentFile= and splits `$NAME` on a command line, after its documentation."""


def words_of(environment_file: bytes, name: str) -> list[str]:
    """The arguments that a unit gets from `$name`."""
    line = environment_file.decode().rstrip("\n")
    key, _, value = line.partition("=")
    assert key == name and value[0] == value[-1] == '"' and "\n" not in value
    return _split(_unquoted(value[1:-1]))


def _unquoted(value: str) -> str:
    """systemd.exec(5): in double quotes, a backslash only protects these four."""
    result, at = "", 0
    while at < len(value):
        if value[at] == "\\" and value[at + 1] in '"\\`$':
            at += 1
        else:
            assert value[at] != '"', "the value ends here"
        result += value[at]
        at += 1
    return result


def _split(value: str) -> list[str]:
    """systemd.service(5): spaces separate, quotes keep together, a backslash takes the next as it is."""
    words: list[str] = []
    word: str | None = None
    quote = ""
    characters = iter(value)
    for character in characters:
        if character == "\\":
            word = (word or "") + next(characters)
        elif quote and character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote, word = character, word or ""
        elif not quote and character in " \t\n":
            words += [word] if word is not None else []
            word = None
        else:
            word = (word or "") + character
    return words + ([word] if word is not None else [])
