"""Pictures of a migration as SVG texts: they load nothing, print well, and need no colour to be understood. Pure."""

from gateway.drawing.gantt import Labels, timeline_svg

__all__ = ["Labels", "timeline_svg"]
