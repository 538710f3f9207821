"""The pages in a real browser: nothing breaks, nothing sticks out, everybody can use them."""
