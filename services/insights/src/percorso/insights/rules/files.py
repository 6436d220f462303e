"""The files of a set of rules: read in one go, named by their content, and parsed into forms."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from percorso.insights.catalogue.services import Agency, Register, Service
from percorso.insights.rules.forms import FactForm, RuleForm

ITALY = Path(__file__).parent / "italy"  # the set that comes with the service
FACTS, AGENCIES, REGISTERS = "facts.json", "agencies.json", "registers.json"
SERVICES, RULES = "services", "rules"

Files = Mapping[str, bytes]
M = TypeVar("M", bound=BaseModel)


class Fault(NamedTuple):
    """Why a set does not go live: in which file, where (a JSON pointer), and what is wrong."""

    file: str
    pointer: str
    text: str


@dataclass(slots=True)
class Forms:
    """Everything that is written, by file; what could not be parsed is in `faults`."""

    facts: Sequence[FactForm] = ()
    agencies: Sequence[Agency] = ()
    registers: Sequence[Register] = ()
    services: dict[str, Service] = field(default_factory=dict)
    rules: dict[str, RuleForm] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


class _TwoMembers(ValueError):
    """An object has two members of one name, of which JSON's readers take either."""


def read(folder: Path) -> Files:
    """Read all files of a set; OSError where one cannot be read. Hidden files are no part of it."""
    names = [FACTS, AGENCIES, REGISTERS]
    for part in (SERVICES, RULES):
        found = sorted((folder / part).glob("*.json"))
        names += [f"{part}/{path.name}" for path in found if not path.name.startswith(".")]
    return {name: (folder / name).read_bytes() for name in names}


def version(files: Files) -> str:
    """Return the name of a set: 128 bits of SHA-256 over all names and contents."""
    digest = sha256()
    for name, raw in sorted(files.items()):
        digest.update(f"{name}\0{len(raw)}\0".encode())
        digest.update(raw)
    return digest.hexdigest()[:32]


def parse(files: Files) -> Forms:
    """Parse every file; each fault names its file and place, and the other files are parsed too."""
    forms = Forms()
    for name, raw in files.items():
        document = _document(name, raw, forms.faults)
        if document is None:
            continue
        match name.partition("/"):
            case (part, "/", _) if part == SERVICES:
                _add(forms.services, name, _parsed(Service, name, raw, document, forms.faults))
            case (part, "/", _) if part == RULES:
                _add(forms.rules, name, _parsed(RuleForm, name, raw, document, forms.faults))
            case _:
                _parse_list(forms, name, raw, document)
    return forms


def _document(name: str, raw: bytes, faults: list[Fault]) -> Any | None:
    """Return what the file holds, as JSON; None and a fault if it is none."""
    try:
        return json.loads(raw, object_pairs_hook=_each_once)
    except _TwoMembers as error:
        faults.append(Fault(name, "", str(error)))
    except json.JSONDecodeError as error:
        faults.append(Fault(name, "", f"no JSON at line {error.lineno}, column {error.colno}"))
    except (UnicodeDecodeError, RecursionError):
        faults.append(Fault(name, "", "no JSON in UTF-8"))
    return None


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise _TwoMembers(f"the member `{twice}` stands twice in one object")
    return found


def _parse_list(forms: Forms, name: str, raw: bytes, document: Any) -> None:
    match name:
        case "facts.json":
            forms.facts = _parsed_list(FactForm, name, raw, document, forms.faults)
        case "agencies.json":
            forms.agencies = _parsed_list(Agency, name, raw, document, forms.faults)
        case _:
            forms.registers = _parsed_list(Register, name, raw, document, forms.faults)


def _add(forms: dict[str, M], name: str, form: M | None) -> None:
    if form is not None:
        forms[name] = form


def _parsed(model: type[M], name: str, raw: bytes, document: Any, faults: list[Fault]) -> M | None:
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        faults += _faults(name, document, error)
        return None


def _parsed_list(
    model: type[M], name: str, raw: bytes, document: Any, faults: list[Fault]
) -> Sequence[M]:
    try:
        return TypeAdapter(list[model]).validate_json(raw)  # type: ignore[valid-type] # made at run time
    except ValidationError as error:
        faults += _faults(name, document, error)
        return ()


def _faults(name: str, document: Any, error: ValidationError) -> list[Fault]:
    """Return one fault for each place; where a value could be several things, the first's text."""
    by_pointer: dict[str, Fault] = {}
    for each in error.errors(include_url=False, include_input=False, include_context=False):
        pointer = _pointer(document, each["loc"])
        by_pointer.setdefault(pointer, Fault(name, pointer, each["msg"]))
    return list(by_pointer.values())


def _pointer(document: Any, place: Sequence[int | str]) -> str:
    """Follow a place through the document; what pydantic adds for unions is not in it."""
    pointer, here = "", document
    for step in place:
        if _has(here, step):
            here = here[step]
            pointer += f"/{str(step).replace('~', '~0').replace('/', '~1')}"
    return pointer


def _has(here: Any, step: int | str) -> bool:
    if isinstance(here, dict):
        return step in here
    return isinstance(here, list) and isinstance(step, int) and step < len(here)
