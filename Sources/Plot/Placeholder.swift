// Placeholder until the first figure.
