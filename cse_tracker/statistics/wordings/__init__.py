"""The words of releases, numbered: a release keeps the number it was made under, and a wording is never edited."""
