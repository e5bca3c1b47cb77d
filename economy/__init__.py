"""The pillar 经济: tax sources, enterprises, premises and investment leads."""
