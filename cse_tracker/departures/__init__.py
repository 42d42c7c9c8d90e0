"""When an agency is no more: nothing that waits for it may be lost, and no borough be left without who acts in it."""
