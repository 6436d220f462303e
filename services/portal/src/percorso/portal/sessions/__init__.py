"""Web sessions: who has logged in, in which browser."""
