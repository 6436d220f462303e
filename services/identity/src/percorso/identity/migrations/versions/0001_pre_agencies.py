"""Agencies with their sources, and the check value of the subject key."""

from percorso.chassis.migrations import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the statements of the file beside this one."""
    run_sql(__file__)
