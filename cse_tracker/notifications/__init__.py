"""Turns events into messages for the people who must hear, and delivers them; no message carries personal data."""
