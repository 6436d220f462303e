"""Pages that show commands, and a shell that runs them and compares.

A page's `sh` blocks are its commands; a `text` block after one shows everything that it prints, how
wide blanks are aside. In it `…` stands for whatever differs each time, and a line of `…` alone for
any number of lines. A command that is shown with nothing prints nothing.
"""

import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ANY = "…"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What was sent is stitched in milliseconds and spans are exported every five seconds, but not on a
# machine that is busy with other tests.
PATIENCE_S = 60.0
EVERY_S = 0.5
_END = "end of the command, status"


@dataclass(frozen=True, slots=True)
class Step:
    """One block of commands, and what they print."""

    command: str
    shown: str


def steps(text: str) -> list[Step]:
    """Return the commands of a page, or of a part of one, in order."""
    found: list[Step] = []
    blocks = BLOCK.findall(text)
    for (_, before), (kind, content) in zip([("", ""), *blocks], blocks, strict=False):
        if kind == "sh":
            found.append(Step(content, ""))
        elif kind == "text" and found and found[-1] == Step(before, ""):
            found[-1] = Step(before, content)
    return found


def is_as_shown(shown: str, printed: str) -> bool:
    """Whether a command printed what the page shows."""
    pattern = "".join(map(_pattern, _lines(shown)))
    return re.fullmatch(pattern, "".join(_lines(printed))) is not None


def _pattern(line: str) -> str:
    if line == f"{ANY}\n":
        return r"(?:.*\n)*"
    return ".*".join(map(re.escape, line.split(ANY)))


def _lines(text: str) -> list[str]:
    return [f"{' '.join(line.split())}\n" for line in text.rstrip().splitlines()]


class Shell:
    """One shell, in which the commands of a page run one after the other."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def do(self, step: Step) -> None:
        """Run a step until it prints what is shown, as a reader would who was too quick.

        AssertionError when it does not in time, or does not end well.
        """
        deadline = time.monotonic() + PATIENCE_S
        while True:
            printed, status = self._run(step.command)
            if status == 0 and is_as_shown(step.shown, printed):
                return
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"{step.command}\nshown:\n{step.shown}\nprinted:\n{printed}\nstatus {status}"
                )
            time.sleep(EVERY_S)

    def _run(self, command: str) -> tuple[str, int]:
        assert self._process.stdin
        assert self._process.stdout
        # In braces, variables stay, and no command eats those that follow.
        self._process.stdin.write(f"{{\n{command}}} </dev/null\nprintf '\\n{_END} %s\\n' $?\n")
        self._process.stdin.flush()
        printed: list[str] = []
        for line in self._process.stdout:
            if line.startswith(_END):
                return "".join(printed), int(line.removeprefix(_END))
            printed.append(line)
        raise AssertionError(f"the shell ended in {command}")


@contextmanager
def shell(folder: Path, environment: Mapping[str, str]) -> Iterator[Shell]:
    """Open a shell in a folder."""
    with subprocess.Popen(
        ["bash", "--noprofile", "--norc"],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield Shell(process)
        finally:
            process.kill()
