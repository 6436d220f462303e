"""What every page has: its frame, its words in two languages, its headers, its errors."""
