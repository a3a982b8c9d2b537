"""Messages and views as plain text, the way a person would see them in a terminal."""
