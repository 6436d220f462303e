"""Insights on a database of the test's own."""

from collections.abc import AsyncIterator

import pytest

from tests.support import insights
from tests.support.databases import Database
from tests.support.insights import Insights


@pytest.fixture
async def system(insights_database: Database) -> AsyncIterator[Insights]:
    """Give what decides, with the rules that ship."""
    async with insights.running(insights_database) as system:
        yield system
