"""What people do in Slack's client, and what they see there."""
