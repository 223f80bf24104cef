"""Scores and intervals: plain functions of a measurement's predictions. Imports no model code."""
