"""The environment that alembic runs every service's migrations in."""
