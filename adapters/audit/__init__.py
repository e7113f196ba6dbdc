"""What an auditor asks of the registry: who changed its rules, who recorded what, and which households to visit."""
