PYTHON ?= python3

.PHONY: setup run test soak bench
setup run test soak bench:
	@$(PYTHON) -m cse_tracker.setup $@ $(ARGS)
