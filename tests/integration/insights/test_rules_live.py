"""An edit of the rules is live within a minute, in a service that goes on running."""

import asyncio
import json
import shutil
import time
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from docs.generate.applications import opened
from percorso.insights.rules import ITALY
from tests.support.waiting import until

WITHIN_S = 60.0
SERVICE = "services/isee.json"


async def test_an_edit_is_live_within_a_minute_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(ITALY, folder)
    monkeypatch.setenv("PERCORSO_INSIGHTS_RULES_FOLDER", str(folder))
    stop = asyncio.Event()

    async with opened("insights") as parts:
        watch = asyncio.ensure_future(parts.workers["rules"](stop))
        assert parts.app is not None
        app = parts.app
        before = await versions(app)
        edited_at = time.monotonic()
        edit(folder)
        await until(lambda: is_live(app, 2), within_s=WITHIN_S)
        took_s = time.monotonic() - edited_at
        stop.set()
        await watch

    assert before["isee"] == 1
    assert took_s < WITHIN_S


def edit(folder: Path) -> None:
    service = json.loads((folder / SERVICE).read_bytes())
    (folder / SERVICE).write_text(json.dumps(service | {"version": 2}), encoding="utf-8")


async def is_live(app: FastAPI, version: int) -> bool:
    return (await versions(app))["isee"] == version


async def versions(app: FastAPI) -> dict[str, int]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://insights") as client:
        answer = await client.get("/v1/services")
    return {each["code"]: each["version"] for each in answer.json()["items"]}
