"""A contract for import-linter: some packages may import nothing from outside but a list of modules.

The built-in contract type lists what is forbidden, and a list of every library that does I/O is never complete.
"""

import grimp
from importlinter import Contract, ContractCheck, fields, output


class OnlyContract(Contract):
    """Keep the modules of `packages` from importing any external module that is not in `allowed`."""

    type_name = "only"

    packages = fields.ListField(subfield=fields.StringField())
    allowed = fields.SetField(subfield=fields.StringField())

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 (the signature is given)
        """Look at every direct import; indirect ones are those of packages that the layers allow."""
        found = [line for package in self.packages for line in self._violations(graph, package)]
        return ContractCheck(kept=not found, metadata={"found": sorted(found)})

    def _violations(self, graph: grimp.ImportGraph, package: str) -> list[str]:
        if package not in graph.modules:
            raise ValueError(f"contract {self.name!r}: no package {package} (misspelt, or moved?)")
        return [
            f"{importer} imports {imported}"
            for importer in {package, *graph.find_descendants(package)}
            for imported in graph.find_modules_directly_imported_by(importer)
            if graph.is_module_squashed(imported) and imported not in self.allowed
        ]

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one line for each import that is not allowed."""
        for line in check.metadata["found"]:
            output.print_error(line)
