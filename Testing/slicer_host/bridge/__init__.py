"""Qt as PythonQt shows it, over PySide6: what PythonQt refuses is refused here."""
