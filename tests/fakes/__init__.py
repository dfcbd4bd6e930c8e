"""Stand-ins for the services the product talks to.

Each is a context manager that listens on a free port of this machine, for tests, and a program,
for script/server: ``python -m tests.fakes.mail_catcher --help``.
"""
