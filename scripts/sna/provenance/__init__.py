"""What each job read, ran and wrote, and whether it still is so."""
