import os

from hypothesis import settings

# A refused look-up at a hub costs 25 s of retries; tests about hub loading set their own.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

# Shared machines are slow in bursts: an example may take long, the suite has its own time limit.
settings.register_profile("boss", deadline=None)
settings.load_profile("boss")
