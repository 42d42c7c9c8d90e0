"""What is to be reminded of, as rows that are there once for each job, record and period."""
