"""The same class under the name some scripts use."""
from behaviors.agent import BaseAgent

__all__ = ["BaseAgent"]
