#!/bin/bash
# Checks the Kubernetes manifests of deploy/kubernetes against the API: types and unknown fields by the TypeScript
# declarations, the rest by the validators of the npm package kubernetes-models. Needs kubectl, npm and the network.
here=$(dirname "$(readlink -f "$0")")
src=${SRCDIR:-$here/../..}
group=kubernetes
. "$here/../common.sh"
for tool in kubectl npm node; do
    command -v $tool >/dev/null || skip_all "$tool is missing (Debian packages kubernetes-client, npm)"
done
build=${BUILD:-/tmp/ferry-tests.$(id -u)}/kubernetes
mkdir -p "$build" && cd "$build" || exit 2
[ -d node_modules/kubernetes-models ] && [ -d node_modules/typescript ] && [ -d node_modules/yaml ] ||
    timeout 300 npm install --no-save --ignore-scripts --silent kubernetes-models@4 typescript@5 yaml@2 >npm.log 2>&1 ||
    skip_all "npm cannot install kubernetes-models, typescript and yaml"

cat >check.js <<'END'
// Validates each document of the YAML file given, and writes them as TypeScript for the compiler to check.
const fs = require("fs"), yaml = require("yaml");
const modules = {Namespace: "v1/Namespace", DaemonSet: "apps/v1/DaemonSet"};
let source = "", n = 0;
for (const doc of yaml.parseAllDocuments(fs.readFileSync(process.argv[2], "utf8"))) {
    const value = doc.toJS(), path = modules[value.kind];
    if (!path || value.apiVersion !== path.replace(/\/[A-Z].*/, "")) throw new Error("unexpected " + value.apiVersion + " " + value.kind);
    new (require("kubernetes-models/" + path))[value.kind](value).validate();
    const text = JSON.stringify(value, (key, v) => (key === "apiVersion" || key === "kind") && v === value[key] ? undefined : v);
    source += `import {I${value.kind}} from "kubernetes-models/${path}";\nexport const v${n++}: Omit<I${value.kind}, "apiVersion" | "kind"> = ${text};\n`;
}
if (n === 0) throw new Error("no documents");
fs.writeFileSync("manifest.ts", source);
END
valid() { # FILE
    node check.js "$1" && npx tsc --noEmit --strict --skipLibCheck --moduleResolution node16 --module node16 --target es2022 manifest.ts
}
for name in default privileged; do
    if kubectl kustomize "$src/deploy/kubernetes/${name#default}" >$name.yaml 2>out && valid $name.yaml >out 2>&1; then
        pass "valid: $name"
    else
        fail "valid: $name" "it is not" out
    fi
done
# The check itself must see mistakes.
mutant() { # NAME SED-EXPRESSION
    sed "$2" default.yaml >mutant.yaml
    if cmp -s default.yaml mutant.yaml || valid mutant.yaml >out 2>&1; then fail "finds $1" "it does not"; else pass "finds $1"; fi
}
mutant "an unknown field" 's/readOnlyRootFilesystem:/readOnlyRootFileSystem:/'
mutant "a wrong type" 's/periodSeconds: 30/periodSeconds: "often"/'
mutant "a missing selector" '/^  selector:/,/^  template:/{/^  template:/!d}'
[ "$(sed -n 's/^ *image: //p' default.yaml)" ] && grep -q 'drop:' default.yaml && ! grep -q 'privileged: true' default.yaml && pass "least privilege" || fail "least privilege" "the default has more"
finish
