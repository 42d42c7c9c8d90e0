"""Reads a spreadsheet in memory into rows of cells, and says which cells cannot be taken at their word."""
