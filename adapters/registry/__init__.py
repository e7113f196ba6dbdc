"""The one door into the registry: submissions and policies are decided here and recorded, or refused with reasons."""
