"""Who works here, for which agency, with what roles and posts; sign-in and its sessions."""
