"""One outlier, and how far each loss lets it turn a fitted line."""
