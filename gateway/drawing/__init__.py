"""Pictures of a migration as SVG texts: they load nothing, print well, and need no colour to be understood. Pure."""

from gateway.drawing.gantt import Labels, timeline_svg
from gateway.drawing.linkages import Edge, Node, map_svg

__all__ = ["Edge", "Labels", "Node", "map_svg", "timeline_svg"]
