"""The application behind a panel: scene, module logics, reading and writing of nodes, `slicer.app`, `slicer.modules`."""
