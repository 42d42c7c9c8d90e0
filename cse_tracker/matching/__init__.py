"""Asks other boroughs whether they know a young person, and tells nobody who it is until their lead officer agrees."""
