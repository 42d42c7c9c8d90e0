"""Episodes of going missing, the interview after each return, and what they add up to."""
