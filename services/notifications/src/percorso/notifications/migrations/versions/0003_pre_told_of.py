"""Of whom the reasons of a message tell."""

from percorso.chassis.migrations import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
