"""Paints a scene with numpy and Pillow; imported only in worker processes."""
