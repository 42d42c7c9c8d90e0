"""The pages: HTML in, HTML out; each request becomes one command or query."""
