"""``pod-proxier doctor``: looks at everything the bot depends on, says in a line each how it is and what to do."""
