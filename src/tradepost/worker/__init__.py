"""Background work: one module an app, each task one service call."""
