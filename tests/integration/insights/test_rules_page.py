"""What the page on rules tells a reader to type works, and prints what it shows; nothing else runs."""

import os
from pathlib import Path

from tests.support.pages import shell, steps
from tests.support.repository import ROOT

# What the page names of the checkout; it writes a folder of its own beside it.
NAMED = (".venv", "services")


def test_the_page_on_rules_can_be_followed(tmp_path: Path) -> None:
    for name in NAMED:
        (tmp_path / name).symlink_to(ROOT / name)
    todo = steps((ROOT / "docs/how-to/write-a-rule.md").read_text(encoding="utf-8"))

    assert len(todo) > len(NAMED)
    with shell(tmp_path, dict(os.environ)) as terminal:
        for step in todo:
            terminal.do(step)
