"""A service directory in the form of Open Referral UK: read with every problem named, and written."""
