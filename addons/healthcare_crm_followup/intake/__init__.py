"""Forms that patients fill in before they come: the one that is ready, and what an answer means."""
