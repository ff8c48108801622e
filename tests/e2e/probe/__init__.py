"""A probe of the whole API, driven by the service model that botocore carries and by nothing of the server's own."""
