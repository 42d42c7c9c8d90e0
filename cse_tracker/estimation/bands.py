"""The report's four levels of risk for an area, by the number of young people estimated."""

# Smallest rounded estimate of each band. The report's lowest is "under 20", which leaves exactly 20 without a band;
# it is counted in the lowest here.
_SMALLEST = ((41, "High"), (31, "Medium"), (21, "Moderate"))
_LOWEST = "Low"

BANDS = (*(name for _, name in _SMALLEST), _LOWEST)


def band(estimate: float) -> str:
    """The band of an estimate in young people, by its nearest whole number (a half goes to the even one)."""
    return next((name for smallest, name in _SMALLEST if round(estimate) >= smallest), _LOWEST)
