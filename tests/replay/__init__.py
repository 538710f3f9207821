"""The Online Retail file, replayed."""
