"""The unit of work: one actor, one reading of the clock, one transaction, and the events of it."""
