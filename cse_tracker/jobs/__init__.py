"""What runs by the clock, and the clock."""
