"""What the site reads and keeps: runs as rows, their index, decisions, shipped results, snapshots."""
