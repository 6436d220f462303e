"""Who of an agency looked, what agencies let each other see, and the consumption of accesses."""

from percorso.chassis.migrations import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
