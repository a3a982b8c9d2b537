"""The workspace as a page in the browser: what a person sees, and what they can do, on loopback."""
