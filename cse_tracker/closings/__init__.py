"""How a case ends: a closing proposed by one lead officer and approved by another, and the quieter watch before it."""
