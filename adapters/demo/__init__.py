"""Made-up households and a made-up year of their lives, played through the registry's own door to show what it does."""
