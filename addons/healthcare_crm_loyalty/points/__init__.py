"""The rules of points, without a database."""
