"""Forms, one module for each room, and the fields they are built from."""
