"""Emergency access: what somebody in grave need may see of a case for three hours, told at once and reviewed after."""
