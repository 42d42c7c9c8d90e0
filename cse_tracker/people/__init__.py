"""Young persons and how to find the same person again; it knows nothing of cases."""
