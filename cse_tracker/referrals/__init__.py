"""One agency's worry put where it is acted on: the referral, its states, its decision, and what the referrer hears."""
