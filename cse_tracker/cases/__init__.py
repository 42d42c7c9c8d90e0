"""A young person's concern: certainty, assessment, level, and the responses that the protocol demands."""
