"""What is known about codes and values in medicine, without a database."""
