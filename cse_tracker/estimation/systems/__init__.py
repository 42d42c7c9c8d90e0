"""Multiple systems estimation: from which lists young people stand on, how many stand on none."""
