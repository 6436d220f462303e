"""docs/reference/openapi/*.json: what each service answers at `/openapi.json`, as if it were public."""

import asyncio
import json
from importlib.metadata import version
from typing import Any

from docs.generate.applications import opened
from percorso.chassis import runtime
from percorso.chassis.health import Health
from percorso.chassis.openapi import Publication

DOMAIN = "percorso.example"  # in its place a deployment's own address stands


def page(service: str) -> str:
    """Return the description."""
    return json.dumps(asyncio.run(_described(service)), indent=2, ensure_ascii=False) + "\n"


async def _described(service: str) -> dict[str, Any]:
    publication = Publication(
        url=f"https://{service}.{DOMAIN}",
        contact=f"https://{DOMAIN}/contact",
        terms=f"https://{DOMAIN}/terms",
    )
    identity = runtime.Identity(service, version(f"percorso-{service}"), publication)
    async with opened(service) as parts:
        app = runtime._app(identity, parts, Health({}))  # noqa: SLF001 - whole, as it is served
        return app.openapi()
