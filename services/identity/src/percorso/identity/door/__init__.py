"""The door: agencies' events in, records with pseudonyms out."""
