"""Accessible pictures as inline SVG, each meant to stand beside a table of the same numbers."""
