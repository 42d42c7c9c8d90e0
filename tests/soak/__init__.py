"""Loops in full size, run by `make soak`."""
