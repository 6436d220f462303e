"""What agencies let each other's operators see, by service."""
