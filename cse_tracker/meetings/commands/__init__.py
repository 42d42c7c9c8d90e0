"""What people do with meetings, a module for each phase of a meeting's life."""
