"""Actor and critic as Keras models: built, checked, copied, played in NumPy."""
