"""The typed client of Percorso's public contract, and the percorso command."""
