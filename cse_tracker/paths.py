"""Where the folders beside the package are: in a checkout at the top, in an installed wheel under _data."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Give the folder of templates, static files or migrations."""
    packed = PACKAGE / "_data" / name
    return packed if packed.is_dir() else PACKAGE.parent / name
