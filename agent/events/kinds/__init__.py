"""The kinds of events, by capability; `agent.events.catalogue` has them all."""
