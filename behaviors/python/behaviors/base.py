"""The same class under the longer name some examples use."""
from behaviors import AgentBehavior

__all__ = ["AgentBehavior"]
