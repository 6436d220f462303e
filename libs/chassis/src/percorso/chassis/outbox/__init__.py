"""Outgoing facts in the transaction that decides them, published afterwards in order."""
