"""The things as a pyinfra user writes them: packages as one operation, one `files.put` per file."""

import json
from io import StringIO

from pyinfra.operations import apt, files, systemd

with open("things.json", encoding="utf-8") as text:
    things = json.load(text)

files.directory(path=things["directory"]["path"], mode="755", user="root", group="root")
apt.packages(packages=things["packages"], no_recommends=True)
systemd.service(service=things["service"], running=True, enabled=True)
for file in things["files"]:
    files.put(src=StringIO(file["content"]), dest=file["path"], mode="644", user="root", group="root")
