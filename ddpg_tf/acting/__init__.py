"""What acting takes, without TensorFlow: layers in NumPy, running moments, a saved policy."""
