"""HTTP in and out: the dialects of the services, their signatures and their error shapes."""
