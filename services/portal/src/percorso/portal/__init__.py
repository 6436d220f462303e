"""The citizen's pages: what the other services know, in plain words."""
