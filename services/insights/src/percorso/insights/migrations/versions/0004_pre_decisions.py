"""Decisions and suggestions, and who is to be decided about."""

from percorso.chassis.migrations import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
