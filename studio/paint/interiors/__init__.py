"""Rooms, taverns, studies, palaces and caves, in every look."""
