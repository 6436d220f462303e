"""Every type of the catalogue has its golden, its section and its meaning."""

from docs.generate.events import members
from percorso.events.catalogue import CATALOGUE
from tests.support.repository import ROOT


def test_every_type_has_a_golden_and_no_golden_is_without_its_type() -> None:
    goldens = (ROOT / "tests" / "contract" / "events").glob("*.json")

    assert {path.stem for path in goldens} == set(CATALOGUE)


def test_every_type_has_a_section() -> None:
    page = (ROOT / "docs" / "reference" / "events.md").read_text(encoding="utf-8")

    assert [name for name in CATALOGUE if f"\n### {name}\n" not in page] == []


def test_every_member_says_what_it_means() -> None:
    silent = {
        (name, path)
        for name, each in CATALOGUE.items()
        for path, _, _, meaning in members(each.model.model_json_schema())
        if not meaning
    }

    assert silent == set()
