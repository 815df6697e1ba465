"""JSON Schemas for editors and reference pages for people, both from the models that read the files.

``linkage-gateway reference docs/reference`` writes them anew; a test sees that the committed ones are current.
"""

from gateway.reference.editors import create
from gateway.reference.language import OTHERS, language
from gateway.reference.pages import page, reached, write_reference
from gateway.reference.schemas import KINDS, json_schema

__all__ = ["KINDS", "OTHERS", "create", "json_schema", "language", "page", "reached", "write_reference"]
