"""Statistics from the command line."""

import click


@click.group()
def statistics() -> None:
    """Monthly anonymised statistics."""
