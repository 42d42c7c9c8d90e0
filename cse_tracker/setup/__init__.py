"""Prepares a checkout: virtual environment, locked packages, front-end assets, and the commands that need them."""
