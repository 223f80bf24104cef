"""Datasets: where their files come from, how they are read, split, checked and described."""
