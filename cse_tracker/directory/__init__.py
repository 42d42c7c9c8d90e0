"""Which services there are, for whom, in which boroughs, with what room left, and how to refer to them."""
