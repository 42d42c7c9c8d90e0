"""What becomes of an invitation: its answers, the post it follows, and a colleague's own calendar."""
