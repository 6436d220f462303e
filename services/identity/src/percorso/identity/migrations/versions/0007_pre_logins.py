"""Logins under way, and those that the portal has not come for yet."""

from percorso.chassis.migrations import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
