"""Benchmark suite for the robustness of NLP models under shift and attack."""

__version__ = "0.1.0"
