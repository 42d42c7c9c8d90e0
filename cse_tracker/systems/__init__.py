"""The systems of partner agencies that speak for them: their tokens, what they may ask, and where they are called."""
