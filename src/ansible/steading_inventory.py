"""One host and its connection, read from standard input: nothing of it is written to a disk, or shown in a list of processes."""

import json

from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.utils.unsafe_proxy import wrap_var


class InventoryModule(BaseInventoryPlugin):
    NAME = "steading_inventory"

    # Ansible may read the inventory again (meta: refresh_inventory); standard input can be read once.
    handed_over = None

    def verify_file(self, path):
        return path.endswith("steading_inventory.py")

    def parse(self, inventory, loader, path, cache=True):
        super().parse(inventory, loader, path)
        if InventoryModule.handed_over is None:
            InventoryModule.handed_over = json.loads(open(0, encoding="utf-8", closefd=False).readline())
        given = InventoryModule.handed_over
        # Values, not templates: a password may hold {{.
        inventory.add_host(given["host"])
        for group in given["groups"]:
            inventory.add_host(given["host"], group=inventory.add_group(group))
        for name, value in given["vars"].items():
            inventory.set_variable(given["host"], name, wrap_var(value))
        # Known to every host, so that plays on localhost may use them, too.
        for name, value in given["secrets"].items():
            inventory.set_variable("all", name, wrap_var(value))
