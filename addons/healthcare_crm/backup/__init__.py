"""Backup and restore of a database with its files, encrypted under keys that are kept apart."""
