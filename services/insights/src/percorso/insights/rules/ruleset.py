"""A set of rules that may go live, or why it may not; a set is whole or refused."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from percorso.insights.catalogue.services import Agency, Register, Service
from percorso.insights.facts.rows import MEMBERS
from percorso.insights.rules import checks, compiling, files, trials
from percorso.insights.rules.evaluation import Answer, Rule, answers
from percorso.insights.rules.files import Fault, Files, Forms
from percorso.insights.rules.view import FactsView


@dataclass(frozen=True, slots=True)
class Refused:
    """A set that does not go live, and every fault that was found."""

    version: str
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Services, facts and rules that go together; the version is a hash of all files' content.

    `types` are the events that any rule or fact asks for, `triggers` the rules that each sets off.
    Judging `files` again gives the same set.
    """

    version: str
    files: Files
    services: Mapping[str, Service]
    agencies: Mapping[str, Agency]
    registers: Mapping[str, Register]
    rules: Mapping[str, Rule]
    types: frozenset[str]
    triggers: Mapping[str, tuple[Rule, ...]]

    def evaluate(self, view: FactsView, now: datetime) -> list[Answer]:
        """Return one answer for each rule and each event that sets it off, in a fixed order."""
        return list(answers(self.triggers, view, now))


def load(folder: Path) -> Ruleset | Refused:
    """Read and judge a folder."""
    try:
        found = files.read(folder)
    except OSError as error:
        return unreadable(folder, error)
    return judge(found)


def unreadable(folder: Path, error: OSError) -> Refused:
    """Refuse a folder of which a file could not be read, or is not there."""
    name = Path(error.filename or folder).name
    return Refused("", (Fault(name, "", "cannot be read"),))


def judge(found: Files) -> Ruleset | Refused:
    """Check everything, run every rule's tests, and compile; any fault refuses the whole set."""
    version, forms = files.version(found), files.parse(found)
    faults = list(forms.faults) or checks.check(forms, MEMBERS)
    if faults:
        return Refused(version, tuple(faults))
    ruleset = _compiled(version, found, forms)
    faults = list(_tried(forms, ruleset))
    return Refused(version, tuple(faults)) if faults else ruleset


def _tried(forms: Forms, ruleset: Ruleset) -> Iterator[Fault]:
    for name, form in forms.rules.items():
        yield from trials.faults(name, ruleset.rules[form.code])


def _compiled(version: str, found: Files, forms: Forms) -> Ruleset:
    services = {each.code: each for each in forms.services.values()}
    facts = {each.name: each for each in forms.facts}
    rules = [
        compiling.rule(form, services[form.service], facts)
        for _, form in sorted(forms.rules.items())
    ]
    triggers: dict[str, tuple[Rule, ...]] = {}
    for rule in rules:
        for event_type in rule.form.trigger.types:
            triggers[event_type] = (*triggers.get(event_type, ()), rule)
    said = (each for fact in forms.facts for source in fact.from_ for each in source.types)
    return Ruleset(
        version=version,
        files=found,
        services=services,
        agencies={each.code: each for each in forms.agencies},
        registers={each.code: each for each in forms.registers},
        rules={each.code: each for each in rules},
        types=frozenset(said) | triggers.keys(),
        triggers=triggers,
    )
