"""Files that are kept with a case: judged and cleaned as they come, sealed in chunks, handed out one by one."""
