"""What left the service on paper or in a file, to whom and what for."""
