"""What is traded: products, categories, suppliers. An administrator keeps the catalogue, everybody may read it."""
