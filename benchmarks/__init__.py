"""Our figures beside the peers' and beside what is possible, one command each."""
