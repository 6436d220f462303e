"""Our own modules, imported."""

import pkgutil
from importlib import import_module
from types import ModuleType

import percorso

# They do their work when they are imported.
_SCRIPTS = ("__main__", "alembic_environment.env")


def modules() -> list[ModuleType]:
    """Import every module of ours that can be imported without doing anything."""
    found = pkgutil.walk_packages(percorso.__path__, "percorso.")
    return [import_module(each.name) for each in found if not each.name.endswith(_SCRIPTS)]
