"""Who may do what to what, as one page of data that commands and queries ask."""
