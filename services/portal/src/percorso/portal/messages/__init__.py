"""My messages."""
