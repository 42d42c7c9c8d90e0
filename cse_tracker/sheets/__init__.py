"""Reads a spreadsheet in memory into rows of cells, with what cannot be taken at its word, and writes workbooks."""
