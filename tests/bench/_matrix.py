"""The access matrix: how many questions were asked, and how many answers were wrong."""

import sys
from unittest.mock import patch

from tests.bench import environment, figure

BENCH = 'security'


def measure(_options):
    """Ask as each identity about every sensitive field, in every way."""
    from tests.security.matrix import Matrix
    from tests.security.world import World

    shown = patch('odoo.addons.healthcare_crm.step_up.is_shown', lambda _env: True)
    with environment() as env, shown:
        matrix = Matrix(World(env)).run()
        env.cr.rollback()
    wrong = [cell for cell in matrix.cells if cell.is_wrong]
    for cell in wrong:
        print(*cell, file=sys.stderr)
    figure(BENCH, 'matrix_cells', len(matrix.cells), 'cells')
    figure(BENCH, 'matrix_wrong', len(wrong), 'cells')
