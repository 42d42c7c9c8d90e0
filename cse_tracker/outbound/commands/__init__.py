"""What lead officers, services and the clock do with a referral to a service, a module for each side of it."""
