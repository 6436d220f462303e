"""Who may know whom: the contracts hold, and they notice when they do not."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.repository import DISTRIBUTIONS, ROOT, source

CONTRACTS = ROOT / ".importlinter"
# Per contract: the module, below `percorso`, that gets a forbidden import.
VIOLATIONS = {
    "directions": ("events.limits", "percorso.chassis.clock"),
    "services": ("journey.timelines.views", "percorso.identity.settings"),
    "client": ("client.reading", "percorso.events.ids"),
    "city": ("city.people", "percorso.events.ids"),
    "local": ("local.ports", "percorso.journey.settings"),
    "outside": ("journey.settings", "percorso.client"),
    "composition-root": ("identity.door.metrics", "percorso.identity.service"),
    "edges": ("journey.timelines.views", "percorso.journey.timelines.handlers"),
    "agencies-store": ("identity.door.api", "percorso.identity.agencies.store"),
    "subjects-store": ("identity.door.api", "percorso.identity.subjects.store"),
    "consents-store": ("identity.contacts.releases", "percorso.identity.consents.store"),
    "nouns": ("identity.subjects.keys", "percorso.identity.tokens.issuer"),
    "timelines": ("journey.timelines.store", "percorso.journey.timelines.cursor"),
    "door": ("identity.door.refusals", "percorso.identity.door.body"),
    "rules": ("insights.rules.evaluation", "percorso.insights.rules.ruleset"),
    "decisions": ("insights.decisions.deciding", "percorso.insights.decisions.store"),
    "login": ("identity.login.proofs", "percorso.identity.login.provider"),
    "delivery": ("notifications.delivery.states", "percorso.notifications.delivery.timing"),
    "notification-stores": (
        "notifications.delivery.claims",
        "percorso.notifications.preferences.store",
    ),
    "experience": ("insights.experience.durations", "percorso.insights.experience.definitions"),
    "vocabulary": ("events.envelope", "percorso.events.kafka.codec"),
    "domain": ("identity.subjects.pseudonyms", "percorso.chassis.clock"),
    "acceptance": ("identity.door.acceptance", "percorso.events.kafka.publisher"),
    "acceptance-web": ("identity.door.acceptance", "fastapi"),
    "events": ("events.topics", "asyncpg"),
    "aiokafka": ("chassis.health", "aiokafka"),
    "asyncpg": ("identity.door.api", "asyncpg"),
    "migrations": ("chassis.runtime", "alembic"),
    "psycopg": ("journey.timelines.store", "psycopg"),
    "fastapi": ("journey.timelines.facts", "fastapi"),
    "metrics": ("journey.timelines.handlers", "prometheus_client"),
    "testing": ("journey.settings", "percorso.chassis.testing"),
}
# A part of another package, which may be declared for it.
COMES_WITH = {"pydantic_core": "pydantic", "sqlalchemy": "alembic", "starlette": "fastapi"}


def test_every_contract_holds() -> None:
    result = _lint(ROOT)

    assert result.returncode == 0, result.stdout


@pytest.fixture(scope="module")
def violations_named(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Plant every violation in a copy of the sources; give what is said of each contract."""
    folder = tmp_path_factory.mktemp("planted")
    for distribution in DISTRIBUTIONS:
        package = source(distribution)
        shutil.copytree(package, folder / "percorso" / package.name)
    for module, imported in VIOLATIONS.values():
        with (folder / "percorso" / f"{module.replace('.', '/')}.py").open("a") as file:
            file.write(f"\nimport {imported}\n")
    _, *sections = re.split(r"\n([^\n]+)\n-{3,}\n", _lint(folder).stdout)
    return dict(zip(sections[::2], sections[1::2], strict=True))


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_violation_breaks_its_contract_and_is_named(
    violations_named: dict[str, str], contract: str
) -> None:
    module, imported = VIOLATIONS[contract]

    named = violations_named.get(_contracts()[contract], "")

    assert re.search(rf"percorso\.{module} -> {imported}\b", named)


def test_every_contract_has_its_violation() -> None:
    assert _contracts().keys() == VIOLATIONS.keys()


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda path: path.name)
def test_every_import_is_declared(distribution: Path) -> None:
    project = tomllib.loads((distribution / "pyproject.toml").read_text())["project"]
    declared = {_normal(name) for name in [project["name"], *project["dependencies"]]}
    providers = packages_distributions()

    imported = {
        name if name in declared else COMES_WITH.get(name, name)
        for path in source(distribution).rglob("*.py")
        for name in _imports(path)
        if name not in sys.stdlib_module_names
    }

    provided = {name: map(_normal, providers.get(name, [name])) for name in imported}
    assert {name for name in imported if declared.isdisjoint(provided[name])} == set()


def _lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()",
         "--config", str(CONTRACTS), "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


def _contracts() -> dict[str, str]:
    text = CONTRACTS.read_text(encoding="utf-8")
    return dict(re.findall(r"^\[importlinter:contract:(.+)\]\nname = (.+)$", text, re.MULTILINE))


def _normal(requirement: str) -> str:
    name = re.split(r"[\[<>=!~ ;]", requirement)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        else:
            continue
        for name in names:
            top, _, rest = name.partition(".")
            yield f"percorso-{rest.partition('.')[0]}" if top == "percorso" else top
