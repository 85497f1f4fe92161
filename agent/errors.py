"""The error tree.

    SmilepostError
    ├── ConfigError            (ValueError)   agent.config
    │   └── ConfigFileError                   carries every problem of a file
    ├── StoreError             (OSError)      agent.outbox
    ├── UplinkError            (OSError)      agent.uplink; its tree: agent.uplink.errors
    │   ├── PassingError                      waiting may mend it
    │   └── LastingError                      a person must mend something
    ├── PanelError             (OSError)      agent.panel
    ├── ScreenError            (OSError)      agent.screen
    │   └── MessageError       (ValueError)   what a page sent
    ├── VisionError            (RuntimeError) agent.vision
    │   ├── CameraError        (OSError)
    │   ├── ModelError         (ValueError)
    │   ├── UnbelievableError  (ValueError)   what the camera process says cannot be true
    │   └── AgentGone          (ConnectionError)
    ├── SurveyError            (ValueError)   agent.survey: what a session was not asked
    ├── FeedbackError          (ValueError)   agent.feedback: what a customer or the centre gave
    ├── FiguresError       (ValueError)   agent.indices: no figures of that formula
    ├── StaffError             (ValueError)   agent.staff: what people at the counter gave
    ├── TallyError             (ValueError)   agent.served: a count by hand that cannot go on so
    ├── OfficeError            (OSError)      agent.office: the pages for people cannot be served
    ├── EmoscopeError      (OSError)      agent.emoscope: page or report cannot be made
    │   └── UsageError                        exit code 2
    ├── DemoError              (RuntimeError) agent.demo
    │   └── UsageError                        exit code 2
    ├── Failed                 (RuntimeError) agent.doctor: a check's verdict
    ├── NotApplicable          (RuntimeError) agent.doctor: a check of no concern here
    └── PacketError            (ValueError)   agent.testing: bytes that are not MQTT 5

Every error's text is one line that names what is wrong and what to mend.
`exit_code` is what the command line ends with when the error reaches it:
1 the input is bad, 3 something outside failed.
"""

from __future__ import annotations


class SmilepostError(Exception):
    """The root of every error Smilepost raises on purpose."""

    exit_code: int = 3


class ConfigError(SmilepostError, ValueError):
    """The configuration is bad; the text says where and what to mend."""

    exit_code = 1


class StoreError(SmilepostError, OSError):
    """The outbox cannot be opened, read or written."""


class UplinkError(SmilepostError, OSError):
    """The broker is absent, refuses us, or denies a topic."""


class PanelError(SmilepostError, OSError):
    """A button, light or buzzer pin cannot be used."""


class ScreenError(SmilepostError, OSError):
    """The screen's web server cannot listen."""


class VisionError(SmilepostError, RuntimeError):
    """The camera process cannot do its work."""


class CameraError(VisionError, OSError):
    """The camera or video file cannot be opened, or stopped giving frames."""


class ModelError(VisionError, ValueError):
    """A model file is missing, damaged, or not the one its card describes."""


class SurveyError(SmilepostError, ValueError):
    """A survey session was given what it does not offer."""


class FeedbackError(SmilepostError, ValueError):
    """A case number, an address or a text of a customer's cannot be taken."""

    exit_code = 1


class TallyError(SmilepostError, ValueError):
    """Somebody who counts by hand asked for what cannot be."""


class StaffError(SmilepostError, ValueError):
    """A PIN, an alert or an action that is none."""

    exit_code = 1


class LanguageError(SmilepostError, ValueError):
    """A language that there are no texts in."""

    exit_code = 1


class OfficeError(SmilepostError, OSError):
    """The pages for people cannot be served: their port or their certificate."""


class EmoscopeError(SmilepostError, OSError):
    """The live page cannot be served, or the report cannot be written."""


class DemoError(SmilepostError, RuntimeError):
    """The demo cannot be set up on this machine."""
