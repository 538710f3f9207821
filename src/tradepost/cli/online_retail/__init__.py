"""The UCI Online Retail file: a wholesaler's year, replayed through the services a till uses.

Source: D. Chen, Online Retail, UCI Machine Learning Repository, 2015, CC BY 4.0. Eight columns, prices in pounds.
"""
