"""What the local stack says when it cannot go on: one sentence for people."""

import errno


class Refusal(Exception):
    """The stack cannot start or do what was asked; the text is one sentence that says why."""


def sentence(error: OSError) -> str:
    """Say in one sentence what the operating system refused."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk is full{_where(error)}."
    return f"{error.strerror or error}{_where(error)}."


def _where(error: OSError) -> str:
    return f" ({error.filename})" if error.filename else ""
