"""One-time links and codes by which a service without an account opens the one referral that it was sent."""
