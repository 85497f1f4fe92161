"""The contract as JSON Schema: what a central server can validate against."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from agent.events.catalogue import CATALOGUE, EventData
from agent.events.envelope import Envelope
from agent.events.messages import PresenceState, Status

_TEMPLATE = "#/$defs/{model}"


def events_schema() -> dict[str, Any]:
    """Return one JSON Schema (2020-12) that every payload we publish validates against."""
    definitions: dict[str, Any] = {}
    names = [_add_event(definitions, event) for event in CATALOGUE]
    names += [_add_model(definitions, model) for model in (Status, PresenceState)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Smilepost messages",
        "description": "Any one message a device publishes: an event in its envelope, or a state.",
        "anyOf": [{"$ref": _TEMPLATE.format(model=name)} for name in names],
        "$defs": definitions,
    }


def _add_event(definitions: dict[str, Any], event: type[EventData]) -> str:
    """Define an event's data and the envelope that carries just this type."""
    data = _add_model(definitions, event)
    name = f"{data}Event"
    envelope = Envelope.model_json_schema(ref_template=_TEMPLATE)
    envelope["title"] = name
    topic = "alert" if event.kind.startswith("alert.") else f"event/{event.kind}"
    envelope["description"] = f"Published on {topic}."
    envelope["properties"]["type"] = {"const": event.event_type()}
    envelope["properties"]["data"] = {"$ref": _TEMPLATE.format(model=data)}
    definitions[name] = envelope
    return name


def _add_model(definitions: dict[str, Any], model: type[BaseModel]) -> str:
    schema = model.model_json_schema(ref_template=_TEMPLATE, mode="serialization")
    definitions.update(schema.pop("$defs", {}))
    definitions[model.__name__] = schema
    return model.__name__
