"""The tamper-evident record of every reading and every change: append-only chains of sealed entries."""
