"""Seals and opens bytes, and holds, wraps and derives the keys to do so; it knows nothing of cases or databases."""
