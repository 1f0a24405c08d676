"""All that touches Gymnasium."""
