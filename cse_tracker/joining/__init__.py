"""Puts two cases together that turn out to be one young person's, by two lead officers, and takes that back."""
