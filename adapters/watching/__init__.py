"""Looking at the registry while it works: how far each follower is, and what its worker is doing."""
