"""How long records are kept, what stops their destruction, and their destruction by two people."""
