"""What an agency agreed to do at a meeting, until somebody else has seen that it was done."""
