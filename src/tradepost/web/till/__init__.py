"""Pages of the counter: the till, its sales and returns, deliveries, losses and adjustments."""
