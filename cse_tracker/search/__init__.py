"""Finds young people: among those whom one may see by opening their heads, and across boroughs by tokens alone."""
