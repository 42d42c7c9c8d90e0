"""The door for the systems of partner agencies: the same commands and the same matrix as the pages, over JSON."""
