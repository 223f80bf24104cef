"""Measurements of speed, against the peers and against what the machine can do."""
