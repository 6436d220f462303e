"""My timeline: what happened, across agencies, in plain words."""
