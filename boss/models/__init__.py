"""Models: one file per kind, all behind `boss.models.base`."""
