"""Watches over the record itself: verification, checkpoints outside, who has looked, and what is handed out of it."""
