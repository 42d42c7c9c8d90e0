"""Which rulebook a borough has adopted, and from when."""
