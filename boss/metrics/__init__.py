"""Scores and intervals: plain functions of a cell's predictions. Imports no model code."""
