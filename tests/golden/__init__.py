"""What people read, written down: every message as it is posted. ``python -m tests.golden --write`` writes it anew."""
