"""The record as people and programs read it."""
