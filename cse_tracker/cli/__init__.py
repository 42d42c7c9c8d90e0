"""The command line for operators and analysts; its groups read as sentences."""
