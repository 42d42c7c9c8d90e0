"""Multi-agency meetings: called, attended, recorded, and their actions."""
