"""What the app keeps on this machine: the user's files. Knows no Qt and no network."""
