"""The declarative base, column types, compartments with their data keys, and the sealed payload descriptor."""
