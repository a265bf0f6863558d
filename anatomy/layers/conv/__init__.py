"""Conv2D: a patch of an image times the kernel, summed, is one cell of the feature map."""
