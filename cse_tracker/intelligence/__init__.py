"""Links between cases: people of concern, vehicles, places, phones and online names, each with its source graded."""
