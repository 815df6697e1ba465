#!/usr/bin/env bash
# Builds the image twice without cache, and runs it as docs/deployment.md says. Needs buildah and podman.
#
#   deploy/try_image.sh
#   BUILD_ARGS="--build-arg BASE=python:3.11-slim@sha256:..." RUN_ARGS="--cgroups=disabled" deploy/try_image.sh
#
# Exit code 0 if both images are the same byte for byte, the health check answers, nothing but state and /tmp can be written, no
# capability is there, and SIGTERM ends it with code 0. BASE_ROOT=DIR makes the base out of a bare Debian root, where no registry is at
# hand (debootstrap --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates bookworm DIR): not Python's own image.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
read -ra build <<<"${BUILD_ARGS:-}"
read -ra run <<<"${RUN_ARGS:-}"
work=$(mktemp -d) name=linkage-gateway-trial

tidy() {
    podman rm --force "$name" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap tidy EXIT

if [[ ${BASE_ROOT:-} ]]; then
    printf '%s\n' 'FROM scratch' 'COPY . /' \
        'RUN rm -f /usr/lib/python3*/EXTERNALLY-MANAGED /var/cache/apt/archives/*.deb && ln -s /usr/bin/python3 /usr/local/bin/python' >"$work/base"
    buildah bud --quiet --file "$work/base" --tag "localhost/$name-base" "$BASE_ROOT" >/dev/null
    build+=(--build-arg "BASE=localhost/$name-base")
fi

# The format of docker: the one of OCI has no health check. --timestamp: an engine notes when a file came into a layer.
for try in first second; do
    buildah bud --quiet --no-cache --pull-never --format docker --timestamp 1767225600 "${build[@]}" --tag "$name:$try" . >/dev/null
    buildah push --quiet "$name:$try" "oci:$work/$try:image"
done
digests=$(grep -ho 'sha256:[0-9a-f]*' "$work"/{first,second}/index.json | sort -u)
echo "image: $digests, $(podman image inspect --format '{{.Size}}' "$name:first") bytes unpacked, $(du -sb "$work/first" | cut -f1) packed"
[[ $(wc -l <<<"$digests") == 1 ]] || { echo "two builds differ" >&2; exit 1; }

podman run --detach --name "$name" --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --stop-timeout 60 \
    --network none "${run[@]}" --volume "$PWD/config:/etc/linkage-gateway:ro" "$name:first" >/dev/null
for second in {1..60}; do
    podman healthcheck run "$name" >/dev/null 2>&1 && break
    ((second < 60)) || { podman logs "$name" >&2; echo "the health check does not answer" >&2; exit 1; }
    sleep 1
done
podman exec "$name" sh -euc '
    test "$(id -u):$(id -g)" = 10440:10440
    grep -q "^CapBnd:[[:space:]]*0*$" /proc/self/status
    grep -q "^NoNewPrivs:[[:space:]]*1$" /proc/self/status
    test "$(stat --format=%a /var/lib/linkage-gateway)" = 700
    for folder in / /etc/linkage-gateway /usr/local/bin /home; do
        if touch "$folder/written" 2>/dev/null; then echo "$folder can be written" >&2; exit 1; fi
    done
    touch /tmp/written /var/lib/linkage-gateway/written
    linkage-gateway check >/dev/null'
podman stop "$name" >/dev/null
code=$(podman inspect --format '{{.State.ExitCode}}' "$name")
[[ $code == 0 ]] || { echo "it ended with $code on SIGTERM" >&2; exit 1; }
echo "it ran as 10440 on a root that cannot be written, its health check answered, and it ended on SIGTERM with code 0"
