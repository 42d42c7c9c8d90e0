"""That a service is involved with a young person and whom to ask there: presence, and no content."""
