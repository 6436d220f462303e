"""Web sessions."""

from percorso.chassis.migrations import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
