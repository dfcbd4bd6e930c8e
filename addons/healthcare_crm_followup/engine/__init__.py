"""The workflow engine: graphs, the tokens that walk through them, effects written in bulk."""

from . import (
    clock,
    dispatch,
    enroll,
    facts,
    gates,
    graph,
    placeholders,
    render,
    simulate,
    subjects,
    tick,
)
