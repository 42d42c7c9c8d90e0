"""Multiple-indicator estimation: from area indicators and identified numbers to estimates with their limits."""
