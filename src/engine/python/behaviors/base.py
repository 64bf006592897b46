"""The same class under the longer name some examples use."""
from behaviors import AgentBehavior, BaseAgent

__all__ = ["AgentBehavior", "BaseAgent"]
