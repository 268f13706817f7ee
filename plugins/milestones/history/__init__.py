"""What git remembers: every status a milestone has had, flow and forecast from it, and the difference of two plans."""
