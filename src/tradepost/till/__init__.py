"""Trade at the counter: sales, returns, goods in and lost, adjustments, and the report of a store's day."""
