"""What a citizen may be helped with next, and how services are lived."""
