"""The workflow engine: definitions become graphs, tokens walk through them, effects are written in bulk."""

from . import clock, dispatch, enroll, facts, gates, graph, placeholders, render, simulate, subjects, tick
