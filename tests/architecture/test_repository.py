"""The tree keeps its own rules: names, sizes, addresses, pins and decisions."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.repository import DISTRIBUTIONS, ROOT, files, modules, source

MAX_LINES = 400
FORBIDDEN = {"utils", "helpers", "common", "misc", "manager", "processor", "base_service"}
# Parts are joined here, so that this file does not hold what it looks for.
REGISTRIES = ("pypi" + ".org", "python" + "hosted", "maven" + ".org", "npm" + "js")
MACHINE_FOLDERS = ("/" + "root/", "/" + "work/", "/" + "home/[a-z]+/", "/" + "Users/")
ADR_PARTS = ["Context", "Decision", "Consequences", "Alternatives", "References"]
LOCKS = ("requirements.lock", "deploy/requirements.lock")
DOCUMENTS = [path for path in files() if path.suffix == ".md"]


def test_no_module_is_longer_than_it_may_be() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}

    assert {_name(path): lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


def test_no_module_has_a_name_without_meaning() -> None:
    parts = {part for path in modules() for part in path.relative_to(ROOT).with_suffix("").parts}

    assert parts & FORBIDDEN == set()


def test_every_module_says_what_it_holds() -> None:
    silent = [path for path in modules() if not path.read_text(encoding="utf-8").startswith('"""')]

    assert [_name(path) for path in silent] == []


def test_no_file_names_this_machine_or_a_registry() -> None:
    forbidden = re.compile(
        "|".join([*map(re.escape, (*REGISTRIES, *_own_addresses())), *MACHINE_FOLDERS])
    )
    texts = {path: path.read_text(encoding="utf-8", errors="ignore") for path in files()}

    assert {
        _name(path): found[0] for path, text in texts.items() if (found := forbidden.search(text))
    } == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash_and_no_address(lock: str) -> None:
    pins = _pins(lock)

    assert "://" not in "".join(pins)
    assert [pin for pin in pins if not re.match(r"\S+==\S+( ; .+)?\s+--hash=sha256:", pin)] == []


def test_the_image_holds_what_is_tested() -> None:
    # Without the marker: what a tool of ours needs everywhere may be needed on one system there.
    tested, image = ({re.sub(r" ;.+?  ", "  ", pin) for pin in _pins(lock)} for lock in LOCKS)

    assert image <= tested, "run `make lock`"


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda path: path.name)
def test_everything_that_is_needed_is_pinned(distribution: Path) -> None:
    project = tomllib.loads((distribution / "pyproject.toml").read_text())["project"]
    needed = {_plain(name) for name in project["dependencies"]}
    # The local stack runs outside the image.
    for lock in LOCKS[: 1 if distribution.name == "local" else None]:
        pinned = {_plain(pin.partition("==")[0]) for pin in _pins(lock)}
        assert {name for name in needed if not name.startswith("percorso-")} <= pinned


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda path: path.name)
def test_every_distribution_is_typed(distribution: Path) -> None:
    assert (source(distribution) / "py.typed").is_file()
    assert not (source(distribution).parent / "__init__.py").exists()


def test_every_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    named = {
        (_name(path), target)
        for path in DOCUMENTS
        for target in re.findall(
            r"(?:`|^\s*\$? ?)make ([a-z][a-z0-9-]*)", path.read_text("utf-8"), re.MULTILINE
        )
    }

    assert {each for each in named if each[1] not in targets} == set()


def test_every_target_explains_itself() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))

    assert targets == set(re.findall(r"^([a-z0-9-]+):.*## \w", makefile, re.MULTILINE))
    assert targets <= {
        name
        for line in re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
        for name in line.split()
    }


def test_links_between_documents_lead_somewhere() -> None:
    links = {
        (path, target)
        for path in DOCUMENTS
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
    }

    assert {(_name(path), to) for path, to in links if not (path.parent / to).exists()} == set()


def test_the_list_of_documents_names_every_page_and_every_part() -> None:
    index = ROOT / "docs" / "README.md"
    named = re.findall(r"\]\(([^)#:]+)\)", index.read_text("utf-8"))
    pages = {path for path in DOCUMENTS if path.parent.parent == index.parent}
    parts = {ROOT / path / "README.md" for path in DISTRIBUTIONS}
    wanted = {path for path in pages | parts if path.parent.name != "adr"}

    assert {
        _name(path) for path in wanted - {(index.parent / to).resolve() for to in named}
    } == set()


def test_every_test_that_a_document_names_exists() -> None:
    tests = "".join(path.read_text("utf-8") for path in modules() if path.parts[-1][:5] == "test_")
    named = {
        name for path in DOCUMENTS for name in re.findall(r"`(test_\w+)`", path.read_text("utf-8"))
    }

    assert {name for name in named if f"def {name}(" not in tests} == set()


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "adr").glob("*.md"))

    assert [name[:5] for name in names] == [f"{number:04}-" for number in range(len(names))]
    assert all(re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name) for name in names)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs" / "adr").glob("[0-9]*.md")), ids=lambda path: path.stem[:4]
)
def test_every_decision_follows_the_template(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.startswith(f"# {path.name[:4]}. ")
    assert re.search(r"^- Status: (proposed|accepted|superseded by \d{4})$", text, re.MULTILINE)
    assert re.search(r"^- Date: \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ADR_PARTS


def _own_addresses() -> set[str]:
    """Return the addresses of this machine: the checkout's folder, and hosts that pip is told of."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    told += os.environ.get("UV_INDEX_URL", "") + os.environ.get("UV_DEFAULT_INDEX", "")
    return {f"{ROOT}/", *re.findall(r"https?://(?:[^/@\s]+@)?([^/:'\s]+)", told)}


def _pins(lock: str) -> list[str]:
    return (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()


def _plain(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~ ;]", requirement)[0]).lower()


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))
