"""The look: what our style sheets, scripts, templates and vendored files may be."""
