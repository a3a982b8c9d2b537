"""``pod-proxier open|list|show|extend|close``: a thin client of REST v2. Nothing here decides, and nothing prints."""
