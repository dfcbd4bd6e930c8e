"""The workflow engine: graphs, the tokens that walk through them, effects written in bulk."""

from . import (
    clock,
    conditions,
    dispatch,
    document,
    enroll,
    facts,
    gates,
    graph,
    happenings,
    outlook,
    placeholders,
    render,
    simulate,
    subjects,
    tick,
)
