"""Made-up people, agencies and months, and the synthetic figures of 2003, so that the product can be walked."""
