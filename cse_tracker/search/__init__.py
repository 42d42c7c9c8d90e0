"""Finds young people among those whom one may see, by opening what is held of them and comparing it in memory."""
