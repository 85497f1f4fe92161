"""A virtual Raspberry Pi: an arm64 guest with real GPIO lines, pressed and watched by the host."""
