"""Plain Python about consent: exact words, who is of age, sealed files. No ORM."""
