"""What is brought to the registry, in clear, before it is believed: its shape, its reading and its sealing."""
