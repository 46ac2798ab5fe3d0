"""Pictures of a ComfyUI server, drawn as an operator's workflow says."""
