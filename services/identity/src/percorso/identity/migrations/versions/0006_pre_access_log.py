"""Who was given something of a citizen's, and why."""

from percorso.chassis.migrations import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
