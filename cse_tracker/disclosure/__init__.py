"""Turns a table of counts into a release whose numbers may leave the service, by rules stated in the release."""
