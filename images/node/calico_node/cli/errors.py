"""What a person is told when a command cannot be carried out."""


class CommandError(Exception):
    """Ends the command with exit code 1; the text says what is wrong and what to do."""
