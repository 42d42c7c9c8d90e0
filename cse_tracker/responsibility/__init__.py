"""Which borough answers for a young person who has to do with two: asserted, disputed, decided, handed over."""
