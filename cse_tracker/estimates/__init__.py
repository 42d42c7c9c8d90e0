"""The estimate as people read it: which data it rests on, who chose the anchors, and what of it may be shown."""
