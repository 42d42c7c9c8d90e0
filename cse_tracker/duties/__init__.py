"""The ledger of what a protocol demands, of which agency, by when; met, late or breached, and never forgotten."""
