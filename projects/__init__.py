"""The pillar 项目: investment projects from idea to opening."""
