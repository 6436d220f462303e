"""The door: agencies in, pseudonyms out."""
