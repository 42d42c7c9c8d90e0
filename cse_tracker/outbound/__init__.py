"""A referral from the borough to a service: sent to a post or team, answered or chased, and never forgotten."""
