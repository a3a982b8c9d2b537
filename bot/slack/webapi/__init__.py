"""Slack's Web API: the few methods that are used, each failure translated once."""
