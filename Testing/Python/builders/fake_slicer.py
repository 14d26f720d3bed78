"""A least possible Slicer for cmake: takes what an extension asks to have built, and installs it where Slicer would."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from builders.house import ROOT
from builders.programs import program

MODULES = Path("lib/Slicer-5.12/qt-scripted-modules")

_CONFIG = """
set(Slicer_USE_FILE "${CMAKE_CURRENT_LIST_DIR}/UseSlicer.cmake")
set(Slicer_EXTENSION_GENERATE_CONFIG "${CMAKE_CURRENT_LIST_DIR}/GenerateConfig.cmake")
set(Slicer_EXTENSION_CPACK "${CMAKE_CURRENT_LIST_DIR}/CPack.cmake")
set(Slicer_LICENSE_FILE "slicer's licence")
set(Slicer_README_FILE "slicer's readme")
"""

_USE = """
set(EXTENSION_NAME "${PROJECT_NAME}")
option(BUILD_TESTING "" ON)
foreach(kind LICENSE README)
  if(NOT DEFINED EXTENSION_${kind}_FILE)
    set(EXTENSION_${kind}_FILE "${Slicer_${kind}_FILE}")
  endif()
endforeach()

function(fake_record kind text)
  file(APPEND "${CMAKE_BINARY_DIR}/asked.txt" "${kind}\\t${text}\\n")
endfunction()

function(fake_take kind name)
  set(file "${CMAKE_CURRENT_SOURCE_DIR}/${name}")
  if(IS_ABSOLUTE "${name}" OR NOT EXISTS "${file}" OR IS_DIRECTORY "${file}")
    message(FATAL_ERROR "not a file below the module folder: ${name}")
  endif()
  fake_record("${kind}" "${name}")
  get_filename_component(folder "${name}" DIRECTORY)
  install(FILES "${name}" DESTINATION "@MODULES@/${folder}")
endfunction()

function(slicerMacroBuildScriptedModule)
  cmake_parse_arguments(its "WITH_GENERIC_TESTS;WITH_SUBDIR;VERBOSE" "NAME" "SCRIPTS;RESOURCES" ${ARGN})
  if(its_UNPARSED_ARGUMENTS OR NOT its_NAME)
    message(FATAL_ERROR "unknown words: ${its_UNPARSED_ARGUMENTS}")
  endif()
  fake_record(module "${its_NAME}")
  fake_record(generic_tests "${its_WITH_GENERIC_TESTS}")
  foreach(name IN LISTS its_SCRIPTS)
    get_filename_component(ending "${name}" EXT)
    if(NOT ending MATCHES "py")
      string(APPEND name ".py")
    endif()
    fake_take(script "${name}")
  endforeach()
  foreach(name IN LISTS its_RESOURCES)
    fake_take(resource "${name}")
  endforeach()
endfunction()

function(slicer_add_python_unittest)
  cmake_parse_arguments(its "" "TESTNAME_PREFIX;SCRIPT" "SLICER_ARGS" ${ARGN})
  get_filename_component(folder "${its_SCRIPT}" DIRECTORY)
  get_filename_component(stem "${its_SCRIPT}" NAME_WE)
  if(folder STREQUAL "")
    set(folder "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  fake_record(test "${folder}/${stem}.py")
endfunction()
"""

# Handed on unquoted and taken as single words, as Slicer does: a semicolon in a value loses what comes after it.
_PACK = """
function(fake_describe)
  set(names HOMEPAGE CONTRIBUTORS DESCRIPTION ICONURL SCREENSHOTURLS LICENSE_FILE README_FILE)
  cmake_parse_arguments(its "" "${names}" "DEPENDS" ${ARGN})
  foreach(name IN LISTS names ITEMS DEPENDS)
    fake_record("${name}" "${its_${name}}")
  endforeach()
endfunction()
fake_describe(
  HOMEPAGE ${EXTENSION_HOMEPAGE}
  CONTRIBUTORS ${EXTENSION_CONTRIBUTORS}
  DESCRIPTION ${EXTENSION_DESCRIPTION}
  ICONURL ${EXTENSION_ICONURL}
  SCREENSHOTURLS ${EXTENSION_SCREENSHOTURLS}
  LICENSE_FILE ${EXTENSION_LICENSE_FILE}
  README_FILE ${EXTENSION_README_FILE}
  DEPENDS ${EXTENSION_DEPENDS}
  )
fake_record(end pack)
"""

# No compiler is looked for: a scripted module has nothing to compile, and a test machine need not have one.
_TOOLCHAIN = """
foreach(language C CXX)
  set(CMAKE_${language}_COMPILER "${CMAKE_COMMAND}")
  set(CMAKE_${language}_COMPILER_FORCED TRUE)
  set(CMAKE_${language}_COMPILER_ID_RUN TRUE)
endforeach()
"""


@dataclass
class Asked:
    """What cmake was asked for, by kind: module, script, resource, test, HOMEPAGE and so on; and where it builds."""

    build: Path
    log: str
    by_kind: dict[str, list[str]] = field(default_factory=dict)

    def one(self, kind: str) -> str:
        """Return the only entry of a kind."""
        (entry,) = self.by_kind[kind]
        return entry

    def install(self) -> Path:
        """Install as Slicer would; return the folder that Slicer adds to the Python path."""
        prefix = self.build.parent / "installed"
        command = [program("cmake"), "--install", str(self.build), "--prefix", str(prefix)]
        subprocess.run(command, check=True, capture_output=True, text=True)
        return prefix / MODULES


def configure(folder: Path, *definitions: str, source: Path = ROOT) -> Asked:
    """Configure an extension in an empty folder; raises CalledProcessError with cmake's words when it will not.

    Definitions are written as for cmake: NAME=VALUE.
    """
    slicer, build = folder / "slicer", folder / "build"
    slicer.mkdir()
    texts = {
        "SlicerConfig.cmake": _CONFIG,
        "UseSlicer.cmake": _USE.replace("@MODULES@", str(MODULES)),
        "GenerateConfig.cmake": "fake_record(end config)\n",
        "CPack.cmake": _PACK,
        "toolchain.cmake": _TOOLCHAIN,
    }
    for name, text in texts.items():
        (slicer / name).write_text(text, encoding="utf-8")
    words = [f"Slicer_DIR={slicer}", f"CMAKE_TOOLCHAIN_FILE={slicer / 'toolchain.cmake'}", *definitions]
    cmake = program("cmake")
    command = [cmake, "-S", str(source), "-B", str(build), "-G", "Unix Makefiles", f"-DCMAKE_MAKE_PROGRAM={cmake}"]
    command += ["-Werror=dev", *(f"-D{word}" for word in words)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    asked = Asked(build, done.stdout + done.stderr)
    for line in (build / "asked.txt").read_text(encoding="utf-8").splitlines():
        kind, text = line.split("\t", 1)
        asked.by_kind.setdefault(kind, []).append(text)
    return asked
