"""Paints a scene with numpy and Pillow: imported in worker processes alone."""
