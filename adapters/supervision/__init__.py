"""Workers side by side: started, watched, started again, and told when to stop."""
