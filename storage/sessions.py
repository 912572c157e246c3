"""The session that named reads and writes take; whoever composes several of them into one transaction annotates it."""

from sqlmodel import Session as Session

__all__ = ["Session"]
