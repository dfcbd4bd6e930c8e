from . import (
    test_access,
    test_cases,
    test_clock,
    test_crons,
    test_dispatch,
    test_gates,
    test_graph,
    test_merge,
    test_reminder,
    test_render,
    test_robust,
    test_sensitive,
)
