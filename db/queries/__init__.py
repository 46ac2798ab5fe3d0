"""Every statement, one module per noun. Query functions never commit."""
