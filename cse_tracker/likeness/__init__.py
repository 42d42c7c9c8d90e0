"""Says how alike two names, dates, numbers or places are; it knows nothing of records and keeps nothing."""
