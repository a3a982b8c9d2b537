"""The command line: which verbs there are, and what each of them takes."""
