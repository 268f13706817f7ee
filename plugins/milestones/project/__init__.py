"""A repository's documents: configured, found, read, and loaded as a whole."""
