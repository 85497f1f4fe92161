"""The demo: the whole kiosk on one machine, with mock pins and a recorded customer.

Demo ── Broker (Mosquitto or iotcore) ◄── Recorder, Observer
  │          ▲
  │        Proxy (cut and restored with `b`)
  │          ▲
  ├── Till (the agent, pins that can be pressed) ◄── camera process
  ├── Customer (scripted), keyboard, button panel
  └── Terminal (live view)
"""
