"""The counter: sales, returns, goods in and lost, adjustments, and the report of a day."""
