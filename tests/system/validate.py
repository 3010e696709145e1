#!/usr/bin/python3 -I
# SPDX-License-Identifier: GPL-2.0-only
"""Validates JSON documents of mydevctl, one a line on standard input, against the installed schemas.

usage: validate.py [KIND...]     the kinds that the documents must have, in that order; without, any

The errors of a document are validated as the items of one of kind error.
"""
import functools
import json
import pathlib
import shutil
import sys

import jsonschema

SCHEMAS = pathlib.Path(shutil.which("mydevctl")).resolve().parent.parent / "share/mydev/schema"


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


def no_twice(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key comes twice: {keys}")
    return dict(pairs)


@functools.lru_cache(maxsize=None)
def validator(kind):
    schema = json.loads((SCHEMAS / (kind + ".json")).read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def validate(document):
    validator(document["kind"]).validate(document)
    if "errors" in document:
        validate({"format": document["format"], "kind": "error", "items": document["errors"]})


kinds = []
for line in sys.stdin.buffer.read().decode("utf-8", "strict").splitlines():
    found = json.loads(line, parse_constant=no_constant, object_pairs_hook=no_twice)
    validate(found)
    kinds.append(found["kind"])
if not kinds:
    sys.exit("there is no document")
if sys.argv[1:] and kinds != sys.argv[1:]:
    sys.exit(f"the kinds are {kinds}, not {sys.argv[1:]}")
