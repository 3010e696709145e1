#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes what follows from a spec: uAPI header, kernel policies, C objects and field tables, JSON Schema, reference.

usage: generate.py SPEC [OUTPUT=FILE]...

OUTPUT: uapi kernel-h kernel-c objects-h objects-c requests schema reference

A spec without operations describes objects of user space only; it may use the enums of the spec that enums-of names.
OUTPUT schema takes a folder, every other a file.
"""
import json
import os
import re
import sys
import textwrap

import yaml

FAMILY = "mydev"
ACRONYMS = {"rx", "tx", "id", "pid", "uid", "dma"}
UNITS = {"bytes": "BYTES", "ns": "NS", "mbps": "MBPS", "hex": "HEX"}
MEASURES = {"counter": "COUNTER", "gauge": "GAUGE"}
TAG_NAMES = [*UNITS, *MEASURES, "optional"]
TAGS = re.compile(r"\s*\[([a-z, /-]+)\]$")
POLICY_RANGE_LIMIT = 32767  # NLA_POLICY_RANGE keeps its bounds in s16
FORMAT = "mydev/1"


def upper(name):
    return name.upper().replace("-", "_")


def lower(name):
    return name.replace("-", "_")


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Attr:
    """An attribute of a set, with what its doc string's bracket says."""

    def __init__(self, raw, number, owner):
        self.name, self.number, self.raw, self.owner = raw["name"], number, raw, owner
        self.type, self.enum = raw["type"], raw.get("enum")
        self.multi, self.checks = raw.get("multi-attr", False), raw.get("checks", {})
        doc = raw.get("doc")
        if not doc:
            sys.exit(f"{owner}.{self.name}: has no doc")
        found = TAGS.search(doc)
        self.doc = TAGS.sub("", doc)
        tags = [tag.strip() for tag in found.group(1).split(",")] if found else []
        self.width = next((t.removeprefix("hex/") for t in tags if t.startswith("hex/")), None)
        tags = ["hex" if t.startswith("hex/") else t for t in tags]
        for tag in tags:
            if tag not in TAG_NAMES:
                sys.exit(f"{owner}.{self.name}: unknown tag [{tag}]; known: {' '.join(TAG_NAMES)}")
        self.unit = next((t for t in tags if t in UNITS), None)
        self.measure = next((t for t in tags if t in MEASURES), None)
        self.optional = "optional" in tags

    @property
    def c_attr(self):
        return f"{upper(FAMILY)}_A_{upper(self.owner)}_{upper(self.name)}"

    @property
    def label(self):
        words = self.name.split("-")
        if self.unit == "ns" and words[-1] == "ns":
            words.pop()
        words = [w.upper() if w in ACRONYMS else w for w in words]
        words[0] = words[0][0].upper() + words[0][1:]
        return " ".join(words)

    @property
    def c_type(self):
        """Suffix of enum mydev_type and the declaration of the member, with %s for its name."""
        if self.enum:
            return "ENUM", "uint32_t %s"
        if self.type == "u32":
            return "U32", "uint32_t %s"
        if self.type in ("uint", "u64"):
            return "U64", "uint64_t %s"
        if self.type == "flag":
            return "BOOL", "bool %s"
        if self.type == "string":
            return ("STRV", "char **%s") if self.multi else ("STRING", "char *%s")
        if self.raw.get("display-hint") == "uuid":
            return "UUID", "char %s[MYDEV_UUID_SIZE]"
        sys.exit(f"{self.owner}.{self.name}: no C type for {self.type}")


class Spec:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            raw = yaml.safe_load(file)
        self.path, self.name, self.doc = path, raw["name"], raw["doc"]
        defs = raw.get("definitions", [])
        self.consts = {d["name"]: d for d in defs if d["type"] == "const"}
        self.enums = {d["name"]: d for d in defs if d["type"] == "enum"}
        self.known_enums = dict(self.enums)
        if "enums-of" in raw:
            self.known_enums.update(Spec(os.path.join(os.path.dirname(path), raw["enums-of"])).enums)
        self.sets = {}
        for raw_set in raw["attribute-sets"]:
            name = raw_set["name"]
            attrs = [Attr(a, i, name) for i, a in enumerate(raw_set["attributes"], 1)]
            if len(attrs) > 63:
                sys.exit(f"{name}: more than 63 attributes do not fit into has")
            self.sets[name] = (raw_set.get("doc", ""), attrs)
        self.ops = raw.get("operations", {}).get("list", [])
        self.groups = [g["name"] for g in raw.get("mcast-groups", {}).get("list", [])]

    def attr(self, set_name, name):
        return next(a for a in self.sets[set_name][1] if a.name == name)

    def entries(self, enum):
        """(name, value, doc) of each enumerator."""
        value = enum.get("value-start", 0)
        for entry in enum["entries"]:
            yield entry["name"], value, entry.get("doc", "")
            value += 1

    def limit(self, value):
        return self.consts[value]["value"] if isinstance(value, str) else value

    def c_limit(self, value):
        return f"{upper(FAMILY)}_{upper(value)}" if isinstance(value, str) else str(value)

    def in_replies(self, set_name):
        """Names of the attributes that a reply or event of the set can carry; all of a set that no operation uses."""
        names, used = set(), False
        for op in self.ops:
            for side in ("do", "dump"):
                if op.get("attribute-set") == set_name and side in op:
                    used = True
                    names.update(op[side].get("reply", {}).get("attributes", []))
        return names if used else {a.name for a in self.sets[set_name][1]}


def banner(spec, licence, style="/* %s */"):
    return [style % f"SPDX-License-Identifier: {licence}",
            style % f"Generated by proto/generate.py from {os.path.basename(spec.path)}; do not edit."]


def comment(doc, indent=""):
    lines = textwrap.wrap(doc.rstrip("."), 100 - len(f"{indent}/*  */".expandtabs(8)), break_on_hyphens=False)
    if len(lines) < 2:
        return [f"{indent}/* {line} */" for line in lines]
    return [f"{indent}/*", *(f"{indent} * {line}" for line in lines), f"{indent} */"]


def c_enum(spec, name, enum):
    out = [f"enum {FAMILY}_{lower(name)} {{"]
    for entry, value, doc in spec.entries(enum):
        out += comment(doc, "\t") + [f"\t{upper(FAMILY)}_{upper(name)}_{upper(entry)} = {value},"]
    return out + ["};"]


def uapi(spec):
    fam = upper(FAMILY)
    out = banner(spec, "((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)")
    out += [f"#ifndef _UAPI_LINUX_{fam}_NETLINK_H", f"#define _UAPI_LINUX_{fam}_NETLINK_H", "",
            f'#define {fam}_FAMILY_NAME "{spec.name}"', f"#define {fam}_FAMILY_VERSION 1", ""]
    for name, const in spec.consts.items():
        out += comment(const.get("doc", "")) + [f"#define {fam}_{upper(name)} {const['value']}"]
    for name, enum in spec.enums.items():
        out += [""] + comment(enum.get("doc", "")) + c_enum(spec, name, enum)
    for name, (doc, attrs) in spec.sets.items():
        prefix = f"{fam}_A_{upper(name)}"
        out += ["", f"/* Attributes of {name}: {doc[0].lower() + doc[1:].rstrip('.')} */", "enum {"]
        out += [f"\t{a.c_attr} = {a.number}," for a in attrs]
        out += ["", f"\t__{prefix}_MAX,", f"\t{prefix}_MAX = (__{prefix}_MAX - 1)", "};"]
    out += ["", "enum {"]
    out += [f"\t{fam}_CMD_{upper(op['name'])} = {i}," for i, op in enumerate(spec.ops, 1)]
    out += ["", f"\t__{fam}_CMD_MAX,", f"\t{fam}_CMD_MAX = (__{fam}_CMD_MAX - 1)", "};", ""]
    out += [f'#define {fam}_MCGRP_{upper(g)} "{g}"' for g in spec.groups]
    return out + ["", "#endif"]


def handlers(op):
    """(member of struct genl_ops, function, signature) of an operation."""
    base = f"{FAMILY}_nl_{lower(op['name'])}"
    if "do" in op:
        yield "doit", f"{base}_doit", "struct sk_buff *skb, struct genl_info *info"
    if "dump" in op:
        yield "dumpit", f"{base}_dumpit", "struct sk_buff *skb, struct netlink_callback *cb"


def requested(op):
    names = []
    for side in ("do", "dump"):
        names += [n for n in op.get(side, {}).get("request", {}).get("attributes", []) if n not in names]
    return names


def kernel_h(spec):
    guard = f"{upper(FAMILY)}_NETLINK_GEN_H"
    out = banner(spec, "GPL-2.0-only")
    out += [f"#ifndef {guard}", f"#define {guard}", "", "#include <net/genetlink.h>", "#include <net/netlink.h>", ""]
    for op in spec.ops:
        out += [f"int {name}({args});" for _, name, args in handlers(op)]
    n_ops = sum(1 for op in spec.ops if any(handlers(op)))
    out += ["", f"extern const struct genl_ops {FAMILY}_nl_ops[{n_ops}];"]
    out += ["", "enum {"] + [f"\t{upper(FAMILY)}_NLGRP_{upper(g)}," for g in spec.groups] + ["};", ""]
    out += [f"extern const struct genl_multicast_group {FAMILY}_nl_mcgrps[{len(spec.groups)}];"]
    return out + ["", "#endif"]


def policy(spec, attr):
    """The kernel's validation of an attribute, and the range object that it needs, if any."""
    checks, low, high = attr.checks, attr.checks.get("min", 0), attr.checks.get("max")
    if attr.enum:
        values = [v for _, v, _ in spec.entries(spec.enums[attr.enum])]
        return f"NLA_POLICY_RANGE(NLA_U32, {min(values)}, {max(values)})", None
    if attr.type == "u32":
        if high is None and not low:
            return "{ .type = NLA_U32 }", None
        if high is not None and spec.limit(high) <= POLICY_RANGE_LIMIT:
            return f"NLA_POLICY_RANGE(NLA_U32, {spec.c_limit(low)}, {spec.c_limit(high)})", None
        name = f"{FAMILY}_{lower(attr.owner)}_{lower(attr.name)}_range"
        body = [f"static struct netlink_range_validation {name} = {{", f"\t.min = {spec.c_limit(low)},",
                f"\t.max = {spec.c_limit(high)},", "};"]
        return f"NLA_POLICY_FULL_RANGE(NLA_U32, &{name})", body
    if attr.type == "uint":
        return "MYDEV_NLA_POLICY_UINT", None
    if attr.type == "string":
        return f"{{ .type = NLA_NUL_STRING, .len = {spec.c_limit(checks['max-len'])} }}", None
    if attr.type == "binary" and "exact-len" in checks:
        return f"NLA_POLICY_EXACT_LEN({spec.c_limit(checks['exact-len'])})", None
    sys.exit(f"{attr.owner}.{attr.name}: no policy for a request with {attr.type}")


def kernel_c(spec):
    fam = upper(FAMILY)
    policies, ranges = [], {}
    for op in spec.ops:
        names = requested(op)
        if not names:
            continue
        attrs = sorted((spec.attr(op["attribute-set"], n) for n in names), key=lambda a: a.number)
        policies += ["", f"static const struct nla_policy {FAMILY}_{lower(op['name'])}_policy[] = {{"]
        for attr in attrs:
            text, body = policy(spec, attr)
            policies += [f"\t[{attr.c_attr}] = {text},"]
            if body:
                ranges[attr.c_attr] = body
        policies += ["};"]
    out = banner(spec, "GPL-2.0-only", "// %s")
    out += ["", "#include <linux/mydev.h>", "", '#include "compat.h"', '#include "netlink_gen.h"']
    for body in ranges.values():
        out += [""] + body
    out += policies + ["", f"const struct genl_ops {FAMILY}_nl_ops[] = {{"]
    for op in spec.ops:
        if not any(handlers(op)):
            continue
        out += ["\t{", f"\t\t.cmd = {fam}_CMD_{upper(op['name'])},"]
        out += [f"\t\t.{member} = {name}," for member, name, _ in handlers(op)]
        if requested(op):
            table = f"{FAMILY}_{lower(op['name'])}_policy"
            out += [f"\t\t.policy = {table},", f"\t\t.maxattr = ARRAY_SIZE({table}) - 1,"]
        if "admin-perm" in op.get("flags", []):
            out += ["\t\t.flags = GENL_ADMIN_PERM,"]
        out += ["\t},"]
    out += ["};", "", f"const struct genl_multicast_group {FAMILY}_nl_mcgrps[] = {{"]
    out += [f"\t[{fam}_NLGRP_{upper(g)}] = {{ .name = {fam}_MCGRP_{upper(g)} }}," for g in spec.groups]
    return out + ["};"]


def objects_h(spec):
    guard = re.sub(r"\W", "_", f"{upper(spec.name)}_OBJECTS_GEN_H")
    out = banner(spec, "GPL-2.0-only") + [f"#ifndef {guard}", f"#define {guard}", "", '#include "field.h"']
    if not spec.ops:
        for name, enum in spec.enums.items():
            out += [""] + comment(enum.get("doc", "")) + c_enum(spec, name, enum)
        for name, (_, attrs) in spec.sets.items():
            out += ["", "enum {"] + [f"\t{a.c_attr} = {a.number}," for a in attrs] + ["};"]
    for name, (doc, attrs) in spec.sets.items():
        out += [""] + comment(doc) + [f"struct {FAMILY}_{lower(name)} {{", "\tuint64_t has;"]
        for attr in attrs:
            note = attr.doc.rstrip(".") + (f", enum {FAMILY}_{lower(attr.enum)}" if attr.enum else "")
            out += comment(note, "\t") + ["\t" + attr.c_type[1] % lower(attr.name) + ";"]
        out += ["};", f"extern const struct mydev_desc {FAMILY}_{lower(name)}_desc;"]
    out += [""] + [f"extern const struct mydev_enum {FAMILY}_{lower(n)}_names;" for n in spec.enums]
    if spec.ops:
        out += ["", "/* Attributes that a request can carry: bit N for attribute N, as in has */"]
    for op in spec.ops:
        names = [a for a in spec.sets[op["attribute-set"]][1] if a.name in requested(op)] if requested(op) else []
        if names:
            out += [f"/* {', '.join(a.name for a in names)} */",
                    f"#define {upper(FAMILY)}_REQUEST_{upper(op['name'])} UINT64_C({sum(1 << a.number for a in names):#x})"]
    out += ["", f"/* Every object of this spec; ends with NULL. */",
            f"extern const struct mydev_desc *const {lower(spec.name)}_descs[];"]
    return out + ["", "#endif"]


def objects_c(spec, header):
    includes = ['#include "libmydev.h"'] if spec.ops or spec.known_enums != spec.enums else []
    if not spec.ops:
        includes += [f'#include "{header}"']
    out = banner(spec, "GPL-2.0-only", "// %s") + [""] + includes + [""]
    for name, enum in spec.enums.items():
        out += [f"static const struct mydev_enum_value {lower(name)}_values[] = {{"]
        out += [f"\t{{ {value}, {quote(entry)}, {quote(doc)} }}," for entry, value, doc in spec.entries(enum)]
        out += ["};", f"const struct mydev_enum {FAMILY}_{lower(name)}_names = {{", f"\t.name = {quote(name)},",
                f"\t.values = {lower(name)}_values,",
                f"\t.n_values = sizeof({lower(name)}_values) / sizeof({lower(name)}_values[0]),", "};", ""]
    for name, (doc, attrs) in spec.sets.items():
        struct = f"struct {FAMILY}_{lower(name)}"
        out += [f"static const struct mydev_field {lower(name)}_fields[] = {{"]
        for a in attrs:
            out += ["\t{", f"\t\t.key = {quote(lower(a.name))},", f"\t\t.name = {quote(a.name)},",
                    f"\t\t.label = {quote(a.label)},", f"\t\t.journal = {quote(f'{upper(FAMILY)}_{upper(a.name)}')},",
                    f"\t\t.doc = {quote(a.doc)},", f"\t\t.type = MYDEV_TYPE_{a.c_type[0]},"]
            if a.unit:
                out += [f"\t\t.unit = MYDEV_UNIT_{UNITS[a.unit]},"]
            if a.measure:
                out += [f"\t\t.measure = MYDEV_MEASURE_{MEASURES[a.measure]},"]
            out += [f"\t\t.attr = {a.c_attr},", f"\t\t.offset = offsetof({struct}, {lower(a.name)}),"]
            if a.width:
                out += [f"\t\t.width = &{lower(name)}_fields[{spec.attr(name, a.width).number - 1}],"]
            if a.enum:
                out += [f"\t\t.values = &{FAMILY}_{lower(a.enum)}_names,"]
            if a.name not in spec.in_replies(name):
                out += ["\t\t.only_asked = true,"]
            out += ["\t},"]
        out += ["};", f"const struct mydev_desc {FAMILY}_{lower(name)}_desc = {{", f"\t.kind = {quote(name)},",
                f"\t.doc = {quote(doc)},", f"\t.size = sizeof({struct}),", f"\t.fields = {lower(name)}_fields,",
                f"\t.n_fields = sizeof({lower(name)}_fields) / sizeof({lower(name)}_fields[0]),", "};", ""]
    out += [f"const struct mydev_desc *const {lower(spec.name)}_descs[] = {{"]
    out += [f"\t&{FAMILY}_{lower(n)}_desc," for n in spec.sets] + ["\tNULL,", "};"]
    return out


def bounds(spec, attr):
    """Of an attribute in a request: its type, and the range of its value or of its length."""
    checks = attr.checks
    if attr.enum:
        values = [v for _, v, _ in spec.entries(spec.enums[attr.enum])]
        return "U32", min(values), max(values)
    if attr.type in ("u32", "uint"):
        low, high = checks.get("min", 0), checks.get("max", 2**32 - 1 if attr.type == "u32" else 2**64 - 1)
        return attr.type.upper(), spec.limit(low), spec.limit(high)
    if attr.type == "string":
        return "STRING", 0, spec.limit(checks["max-len"])
    if attr.type == "binary" and "exact-len" in checks:
        return "BINARY", spec.limit(checks["exact-len"]), spec.limit(checks["exact-len"])
    sys.exit(f"{attr.owner}.{attr.name}: the fuzzer does not know {attr.type}")


def requests(spec):
    """Every operation with the attributes that it takes, for the fuzzer of tests/kernel/."""
    out = banner(spec, "GPL-2.0-only", "// %s") + ["", "#include <linux/mydev.h>", "", '#include "spec.h"', ""]
    ops = [op for op in spec.ops if any(handlers(op))]
    for op in (op for op in ops if requested(op)):
        out += [f"static const struct spec_attr {lower(op['name'])}_attrs[] = {{"]
        for attr in (a for a in spec.sets[op["attribute-set"]][1] if a.name in requested(op)):
            kind, low, high = bounds(spec, attr)
            out += [f"\t{{ {quote(attr.name)}, {attr.c_attr}, SPEC_{kind}, {low}u, {high}u }},"]
        out += ["};", ""]
    out += ["const struct spec_op spec_ops[] = {"]
    for op in ops:
        out += ["\t{", f"\t\t.name = {quote(op['name'])},", f"\t\t.cmd = {upper(FAMILY)}_CMD_{upper(op['name'])},"]
        out += [f"\t\t.{side}s = true," for side in ("do", "dump") if side in op]
        if requested(op):
            table = f"{lower(op['name'])}_attrs"
            out += [f"\t\t.attrs = {table},", f"\t\t.n_attrs = sizeof({table}) / sizeof({table}[0]),"]
        out += ["\t},"]
    return out + ["};", "const size_t spec_n_ops = sizeof(spec_ops) / sizeof(spec_ops[0]);"]


def json_type(spec, attr):
    kind = attr.c_type[0]
    if kind == "U32":
        return {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}
    if kind == "U64":
        return {"type": "integer", "minimum": 0, "maximum": 2**64 - 1}
    if kind == "BOOL":
        return {"type": "boolean"}
    if kind == "STRV":
        return {"type": "array", "items": {"type": "string"}}
    if kind == "ENUM":
        known = [n for n, _, _ in spec.entries(spec.known_enums[attr.enum])]
        return {"type": "string", "anyOf": [{"enum": known}, {"pattern": "^[0-9]+$"}]}
    if kind == "UUID":
        return {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
    return {"type": "string"}


# What any item may have beside its attributes.
ITEM_PROPERTIES = {
    "host": {"description": "The machine that the item is of, as it was given with --host.", "type": "string"},
    "time": {"description": "When it happened, in UTC, as far as that is known: the clock may have been set since.",
             "type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"},
}


def schema(spec, name):
    doc, attrs = spec.sets[name]
    shown = spec.in_replies(name)
    properties, required = dict(ITEM_PROPERTIES), []
    for attr in (a for a in attrs if a.name in shown):
        key = lower(attr.name)
        properties[key] = {"description": attr.doc, **json_type(spec, attr)}
        if attr.c_type[0] == "U64":
            properties[key + "_str"] = {"description": f"The same in decimal; present when {key} is above 2^53.",
                                        "type": "string", "pattern": "^[0-9]+$"}
        if not attr.optional:
            required.append(key)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#", "title": f"{FORMAT} {name}", "description": doc,
        "type": "object", "required": ["format", "kind", "items"], "additionalProperties": False,
        "properties": {
            "format": {"const": FORMAT}, "kind": {"const": name},
            "items": {"type": "array", "items": {"type": "object", "required": required, "properties": properties,
                                                 "additionalProperties": False}},
            "errors": {"description": "What failed beside the items; each is an item of a document of kind error.",
                       "type": "array", "minItems": 1, "items": {"type": "object", "required": ["message"]}}},
    }


def reference(spec):
    out = ["<!-- SPDX-License-Identifier: GPL-2.0-only -->",
           f"<!-- Generated by proto/generate.py from {os.path.basename(spec.path)}; do not edit. -->", "",
           f"# Generic netlink family `{spec.name}`", "", spec.doc, "",
           "Multicast groups: " + ", ".join(f"`{g}`" for g in spec.groups) + ".", "", "## Operations", ""]
    for number, op in enumerate(spec.ops, 1):
        out += [f"### {op['name']} ({number})", "", op["doc"], ""]
        if "notify" in op:
            out += [f"- notification in group `{op['mcgrp']}`, attributes of `{op['notify']}`", ""]
            continue
        out += [f"- attributes: set `{op['attribute-set']}`"]
        if "admin-perm" in op.get("flags", []):
            out += ["- needs CAP_NET_ADMIN"]
        for side in ("do", "dump"):
            if side in op:
                for part in ("request", "reply"):
                    names = op[side].get(part, {}).get("attributes", [])
                    out += [f"- {side} {part}: " + (", ".join(f"`{n}`" for n in names) or "no attributes")]
        out += [""]
    out += ["## Attributes", ""]
    for name, (doc, attrs) in spec.sets.items():
        out += [f"### {name}", "", doc, "", "| number | name | type | limits | unit | meaning |",
                "| --- | --- | --- | --- | --- | --- |"]
        for a in attrs:
            kind = f"{a.type}, enum `{a.enum}`" if a.enum else a.type + (", repeated" if a.multi else "")
            limits = ", ".join(f"{k} {spec.limit(v)}" for k, v in a.checks.items())
            unit = ", ".join(x for x in (a.unit, a.measure) if x)
            out += [f"| {a.number} | `{a.name}` | {kind} | {limits} | {unit} | {a.doc} |"]
        out += [""]
    out += ["## Enumerations", ""]
    for name, enum in spec.enums.items():
        out += [f"### {name}", "", enum.get("doc", ""), "", "| value | name | meaning |", "| --- | --- | --- |"]
        out += [f"| {value} | `{entry}` | {doc} |" for entry, value, doc in spec.entries(enum)] + [""]
    return out[:-1]


def write(path, lines):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    spec = Spec(sys.argv[1])
    outputs = dict(arg.split("=", 1) for arg in sys.argv[2:])
    makers = {"uapi": uapi, "kernel-h": kernel_h, "kernel-c": kernel_c, "objects-h": objects_h,
              "requests": requests, "reference": reference}
    for kind, path in outputs.items():
        if kind in makers:
            write(path, makers[kind](spec))
        elif kind == "objects-c":
            write(path, objects_c(spec, os.path.basename(path)[:-1] + "h"))
        elif kind == "schema":
            for name in spec.sets:
                text = json.dumps(schema(spec, name), indent=2, ensure_ascii=False)
                write(os.path.join(path, f"{name}.json"), [text])
        else:
            sys.exit(f"{kind}: unknown output\n{__doc__}")


if __name__ == "__main__":
    main()
