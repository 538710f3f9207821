"""Prepaid charge sales: sellers with exact credit charge phones, one by one or by the thousand."""
