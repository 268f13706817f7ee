"""Conventions as data: what a profile says, and the one place that loads it."""
