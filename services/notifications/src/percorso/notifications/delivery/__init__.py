"""What is owed to citizens, when it may go, and what became of it."""
