"""What people read in their own language: texts from YAML files, plural forms, numbers."""

from agent.language.plural import Plural, form
from agent.language.texts import Texts, languages_of, load_texts

__all__ = ["Plural", "Texts", "form", "languages_of", "load_texts"]
