"""What happens at the table: notes as they are typed, information shared, decisions, and what is told before."""
