"""Tracks referrals, risk and duties for young people at risk of sexual exploitation across a London borough."""
