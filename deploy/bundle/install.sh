#!/usr/bin/env bash
# Installs, upgrades or takes back Linkage Gateway, without a network.
#
#   ./install.sh                       into /opt/linkage-gateway, beside releases that are there; then it is the current one
#   ./install.sh --service             and its systemd service, as root, with /etc/linkage-gateway and the command linkage-gateway
#   /opt/linkage-gateway/current/install.sh --back       the release before it is the current one again
#
# --prefix DIR, --python PROGRAM (of the version in the file PYTHON), --extras LIST (demo,fast,postgres,traces) and --config DIR (whose journal is saved before an
# upgrade; /etc/linkage-gateway) may be given. --no-backup saves none: where the journal is in PostgreSQL, save it there. Exit code 0: done; 1: nothing was changed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
prefix=/opt/linkage-gateway python= extras=demo,fast,postgres,traces config=/etc/linkage-gateway service= back= backup=yes
while (($#)); do
    case $1 in
        --prefix | --python | --extras | --config) declare "${1#--}=${2?$1 needs a value}"; shift 2 ;;
        --service | --back) declare "${1#--}=yes"; shift ;;
        --no-backup) backup=; shift ;;
        *) echo "unknown: $1; see the head of ${BASH_SOURCE[0]}" >&2; exit 1 ;;
    esac
done
umask 022
export LC_ALL=C
prefix=$(realpath -m "$prefix")

# A link is replaced in one step: whoever starts the gateway meanwhile gets the one release or the other.
point() {
    ln -sfn "$2" "$prefix/.$1.new"
    mv -T "$prefix/.$1.new" "$prefix/$1"
}

if [[ $back ]]; then
    before=$(readlink "$prefix/previous") || { echo "no release before this one is known in $prefix" >&2; exit 1; }
    [[ -x $prefix/$before/bin/linkage-gateway ]] || { echo "$prefix/$before is gone" >&2; exit 1; }
    point previous "$(readlink "$prefix/current")"
    point current "$before"
    echo "current: $before. Restart the service; if it refuses the journal as newer, restore the backup first (docs/deployment.md)."
    exit 0
fi

cd "$here"
sha256sum --quiet --strict --check SHA256SUMS || { echo "this bundle is damaged or was changed: nothing was installed" >&2; exit 1; }
# pip takes the newest package that it finds: one that was left here by another bundle would be it.
strange=$(comm -13 <(cut -c67- SHA256SUMS | sort) <(find . ! -type d ! -path ./SHA256SUMS -printf '%P\n' | sort))
[[ $strange ]] && { printf 'not part of this bundle, so nothing was installed; unpack it into an empty folder:\n%s\n' "$strange" >&2; exit 1; }
version=$(<VERSION)
release=releases/$version
[[ -e $prefix/$release ]] && { echo "$prefix/$release is there already; remove it, or go back with --back" >&2; exit 1; }
mkdir -p "$prefix/releases"
trap 'rm -rf "${prefix:?}/${release:?}"' EXIT   # until it is whole
"${python:-$(<PYTHON)}" -m venv "$prefix/$release"
"$prefix/$release/bin/python" -m pip --disable-pip-version-check --no-input --quiet install \
    --no-index --find-links wheels "linkage-gateway[$extras]==$version"
"$prefix/$release/bin/linkage-gateway" --help >/dev/null
cp install.sh VERSION sbom.cdx.json "$prefix/$release/"
mkdir -p "$prefix/$release/share/doc" && cp -r docs "$prefix/$release/share/doc/linkage-gateway"
cp -r licences "$prefix/$release/share/doc/linkage-gateway/"
trap - EXIT

# By the service's own user, where there is one: what it writes must stay that user's.
as_owner=()
if ((EUID == 0)) && id linkage-gateway &>/dev/null; then
    as_owner=(runuser -u linkage-gateway -- env "GATEWAY_STATE=${GATEWAY_STATE:-/var/lib/linkage-gateway}")
fi
if [[ -e $prefix/current ]]; then
    if [[ $backup && -e $config/gateway.yaml ]]; then
        "${as_owner[@]}" "$prefix/current/bin/linkage-gateway" --config "$config" backup ||
            { echo "the journal could not be saved: $release is installed, and not the current one" >&2; exit 1; }
    fi
    point previous "$(readlink "$prefix/current")"
fi
point current "$release"

if [[ $service ]]; then
    install -D -m 0644 systemd/linkage-gateway.sysusers.conf /usr/lib/sysusers.d/linkage-gateway.conf
    install -D -m 0644 systemd/linkage-gateway.service /etc/systemd/system/linkage-gateway.service
    sed -i "s,/opt/linkage-gateway/,$prefix/," /etc/systemd/system/linkage-gateway.service
    install -d /etc/linkage-gateway
    command=/usr/local/bin/linkage-gateway
    [[ -e $command && ! -L $command ]] || { mkdir -p "${command%/*}" && ln -sfn "$prefix/current/bin/linkage-gateway" "$command"; }
    city=/etc/systemd/system/linkage-gateway.service.d/city.conf
    [[ -e $city ]] || install -D -m 0644 systemd/linkage-gateway.service.d/city.conf "$city"
    systemd-sysusers linkage-gateway.conf
    systemctl daemon-reload
fi
echo "current: $release in $prefix"
