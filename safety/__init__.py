"""The pillar 安全: appeals, hazards, training, railway and water."""
