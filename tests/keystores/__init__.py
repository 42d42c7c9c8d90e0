"""Places for root keys as tests need them: a real token, a real keyring backend, and Vault's transit API over HTTP."""
