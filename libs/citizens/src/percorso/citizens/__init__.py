"""Which subjects are one citizen: a function of the live links, kept as a table by each service."""
