"""The pillar 党建: demonstration sites, discipline and community power."""
