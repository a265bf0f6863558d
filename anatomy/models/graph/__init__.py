"""The graph of a model: its layers, the tensors between them, and where to put both on paper."""
