"""The parts of the publisher: what an event becomes on its way out, and what keeps it safe."""
