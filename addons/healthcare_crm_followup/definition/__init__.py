"""What an administrator edits and what a definition says: one table each way.

:mod:`tables` names the column of every value, :mod:`convert` turns one into the other, and
:mod:`references` says how a definition speaks of another record: by its id, as a published version
does, or by a name that means something in any database, as an exchange document does.
"""
