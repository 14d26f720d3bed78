"""A panel lists every method when it opens: their files import nothing slow before a method computes."""

import subprocess
import sys

SLOW = ("numba", "scipy", "SimpleITK", "pydicom", "sklearn")
"""Import these within the function that needs them, or what imports them (kernels among it): ``# noqa: PLC0415``."""


def test_the_lists_of_methods_import_nothing_slow() -> None:
    code = "import sys\nfrom dosepainting_hrs import maps, segmentation\nfrom dosepainting_hrs.dicom import role\n"
    code += f"print([name for name in {SLOW!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
