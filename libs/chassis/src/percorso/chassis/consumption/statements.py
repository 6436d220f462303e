"""The named statements of consumption."""

from percorso.chassis import sql

SQL = sql.load("percorso.chassis.consumption", "queries.sql")
