"""The methods of the Web API. https://docs.slack.dev/reference/methods."""
