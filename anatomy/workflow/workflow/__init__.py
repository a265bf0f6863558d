"""The Keras workflow in four steps: data, layers, loss and optimizer, fit()."""
