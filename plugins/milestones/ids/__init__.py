"""Ids that can't collide: ledgers, claims on a remote, checks against a branch, and new numbers after a clash."""
