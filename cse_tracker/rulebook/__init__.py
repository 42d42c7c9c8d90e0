"""Protocol documents, the level decisions they lead to, and the deadlines they set."""
