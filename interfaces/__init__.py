"""Faces: the command line, web pages, receivers."""
