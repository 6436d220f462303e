"""Tokens: our own issuer, and the local stack's way to ask it for one."""
