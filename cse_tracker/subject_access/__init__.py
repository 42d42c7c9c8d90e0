"""Answers a young person who asks what is held about them: gathered, judged line by line, handed out and recorded."""
