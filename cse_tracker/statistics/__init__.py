"""Turns cases, referrals and meetings into counts, and counts into releases; it hands out nothing but a release."""
