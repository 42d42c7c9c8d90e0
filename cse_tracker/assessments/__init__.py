"""What is known and indicated about a case, at which level and why: dated facts, none of them ever changed."""
