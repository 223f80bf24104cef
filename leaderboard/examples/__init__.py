"""Single examples: who was right, and the texts that were asked."""
