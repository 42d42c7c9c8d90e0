"""Judges a file that somebody hands in, and takes out of it what nobody meant to hand in; it keeps nothing."""
