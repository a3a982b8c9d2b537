"""Ways in which what people do reaches the app: sockets that the app opened, or requests to its URL."""
