"""What is linked with me."""
