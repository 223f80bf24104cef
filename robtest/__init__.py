"""Adversarial attacks on text: eight capability dimensions, degrees that hold, four kinds of access."""
