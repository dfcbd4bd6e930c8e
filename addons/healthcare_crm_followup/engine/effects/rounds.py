"""Writes that can take each record only once."""


def rounds(items, identity):
    """Return ``items`` in as few lists as possible, none with two of the same ``identity``.

    >>> rounds(['a', 'b', 'A'], str.lower)
    [['a', 'b'], ['A']]
    """
    found, seen = [], {}
    for item in items:
        nth = seen[identity(item)] = seen.get(identity(item), -1) + 1
        if nth == len(found):
            found.append([])
        found[nth].append(item)
    return found
