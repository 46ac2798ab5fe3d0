"""Pictures of a ComfyUI server, drawn by an operator's workflow."""
