"""The face for people with a browser: pages and their fragments."""
