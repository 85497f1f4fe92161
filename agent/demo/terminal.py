"""The live view in the terminal: calm, one glance a question. Pure: a scene in, a picture out."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agent.demo.scene import Scene

BAR = "━"
REST = "─"
EDGE = "grey37"
QUIET = "grey58"
INK = "white"
MARK = "cyan"
ALARM = "yellow"
PROOF_WIDTH = 46
HEAD_LINES, FOOT_LINES, EDGES = 3, 1, 2
PEOPLE_LINES = 3
"""Below the faces: a blank, the score, the contacts."""
METER_LINES = 1
RAW_LINES, RAW_LINES_ROOMY, ROOMY_LINES = 2, 4, 28
LEAST_WIDTH, LEAST_HEIGHT = 80, 24


KEY_HELP = (
    ("1-5", "press"),
    ("k", "kill agent"),
    ("b", "cut network"),
    ("t", "toddler"),
    ("q", "quit"),
)


def draw(scene: Scene, *, width: int, height: int) -> RenderableType:
    """Return the whole screen; what is smaller than 80x24 shows the keys alone."""
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return _too_small()
    room = Layout()
    raw = RAW_LINES_ROOMY if height >= ROOMY_LINES else RAW_LINES
    room.split_column(
        Layout(_head(scene), size=HEAD_LINES),
        Layout(name="middle", size=len(scene.keys) + PEOPLE_LINES + EDGES),
        Layout(_vision(scene, lines=raw, width=width), size=METER_LINES + raw + EDGES),
        Layout(_happened(scene, lines=height)),
        Layout(_keys(), size=FOOT_LINES),
    )
    room["middle"].split_row(
        Layout(_faces(scene, width=width - PROOF_WIDTH)), Layout(_proof(scene), size=PROOF_WIDTH)
    )
    return room


def _too_small() -> RenderableType:
    return Group(Text(f"make the window larger: {LEAST_WIDTH}x{LEAST_HEIGHT}", ALARM), _keys())


def _head(scene: Scene) -> RenderableType:
    line = Table.grid(expand=True)
    line.add_column()
    line.add_column(justify="right")
    name = Text.assemble(("Smilepost", f"bold {MARK}"), ("  the page ", QUIET), (scene.url, INK))
    buttons = Text.assemble(("buttons ", QUIET), (scene.buttons_url, INK))
    line.add_row(name, buttons)
    return Panel(line, border_style=EDGE, padding=(0, 1))


def _faces(scene: Scene, *, width: int) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(style=INK, no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", style=INK)
    longest = max(5, width - max(map(len, scene.keys)) - 10)
    most = max([1, *scene.faces.values()])
    for key in scene.keys:
        count = scene.faces.get(key, 0)
        table.add_row(key.replace("_", " "), _bar(count / most, longest), str(count))
    score = "-" if scene.score is None else f"{scene.score:.2f} of {len(scene.keys)}"
    here = "?" if scene.present is None else scene.present
    people = f"contacts {scene.contacts}, silent {scene.silent}, here {here}"
    foot = Text.assemble(("score ", QUIET), (score, f"bold {INK}"))
    return _box("answers that count", Group(table, Text(), foot, Text(people, INK)))


def _proof(scene: Scene) -> RenderableType:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(style=QUIET, no_wrap=True)
    table.add_column(justify="right", style=INK)
    fast = f", too fast {scene.too_fast}" if scene.too_fast else ""
    table.add_row("cut off before any light", f"{scene.cut_off}{fast}")
    table.add_row("waiting in the outbox", f"{scene.pending}")
    table.add_row(*_state("broker " + scene.broker, "up" if scene.broker_up else "CUT"))
    table.add_row(*_state(f"agent, kills {scene.kills}", scene.agent))
    lights = ("● lit", f"bold {MARK}") if scene.light else ("○ dark", QUIET)
    table.add_row("button lights", Text(*lights))
    counts = f"pressed {scene.pressed}, stored {scene.stored}, delivered {scene.delivered}"
    same = scene.pressed == scene.stored == scene.delivered
    return _box("every press", Group(Text(counts, f"bold {INK if same else ALARM}"), Text(), table))


def _state(name: str, state: str) -> tuple[str, Text]:
    calm = state in {"up", "listening"}
    return name, Text(state, INK if calm else f"bold {ALARM}")


def _vision(scene: Scene, *, lines: int, width: int) -> RenderableType:
    meter = Table.grid(expand=True)
    meter.add_column()
    meter.add_column(justify="right")
    level = scene.smile or 0.0
    index = "-" if scene.smile_index is None else f"{scene.smile_index:.2f}"
    smile = Text.assemble(("smile ", QUIET), _bar(level, 24), (f" {level:.2f}", INK))
    meter.add_row(smile, Text.assemble(("index of closed batches ", QUIET), (index, INK)))
    newest = [Text(_short(line, width - 4), QUIET) for line in scene.vision_lines[:lines]]
    title = f"{scene.camera}: all that leaves the camera process, newest first"
    return _box(title, Group(meter, *newest))


def _happened(scene: Scene, *, lines: int) -> RenderableType:
    rows = [
        Text.assemble((f"{at_s:7.1f} s  ", QUIET), (text, INK))
        for at_s, text in scene.notes[-lines:][::-1]
    ]
    left = "" if scene.left_s is None else f" ({scene.left_s:.0f} s left)"
    return _box(f"what happens{left}", Group(*rows))


def _keys() -> RenderableType:
    line = Text(" ")
    for key, does in KEY_HELP:
        line.append(f" {key} ", f"reverse {MARK}")
        line.append(f" {does}  ", QUIET)
    return line


def _bar(share: float, width: int) -> Text:
    filled = round(max(0.0, min(1.0, share)) * width)
    return Text.assemble((BAR * filled, MARK), (REST * (width - filled), "grey23"))


def _short(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 1] + "…"


def _box(title: str, content: RenderableType) -> RenderableType:
    heading = Text(title, QUIET)
    return Panel(content, title=heading, title_align="left", border_style=EDGE, padding=(0, 1))
