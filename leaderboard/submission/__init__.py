"""Submissions: packed, checked, queued, decided. What is uploaded is data; nothing of it is ever run."""
