"""The five journeys, one module each: a generator of facts in order, whose stages are the truth."""
