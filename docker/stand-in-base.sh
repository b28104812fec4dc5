#!/usr/bin/env bash
# Makes an image to build gochat with where no registry can be reached, from
# the Go installation, the shell and the module cache of this machine:
#
#   docker build --build-arg GO_IMAGE="$(docker/stand-in-base.sh)" -t gochat .
#
# Prints the image's name. The image is kept: building it again for the same
# Go and the same go.sum does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

goroot=$(go env GOROOT)
name="gochat-stand-in:$(go env GOVERSION)-$(sha256sum go.sum docker/stand-in-base.sh | sha256sum | head -c 12)"
if docker image inspect "$name" >/dev/null 2>&1; then
  echo "$name"
  exit
fi

root=$(mktemp -d)
trap 'chmod -R u+w "$root"; rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,tmp,etc/ssl/certs,usr/local/go,modules}
chmod 1777 "$root/tmp"

# The toolchain, without what building gochat does not read.
for part in VERSION go.env bin lib pkg; do
  cp -a "$goroot/$part" "$root/usr/local/go/"
done
tar -C "$goroot" --exclude=testdata --exclude='*_test.go' -cf - src | tar -C "$root/usr/local/go" -xf -

# A shell for RUN, with the libraries it is linked to.
cp -L /bin/sh "$root/bin/sh"
{ ldd /bin/sh "$goroot/bin/go" || true; } 2>/dev/null | grep -o '/[^ ]*\.so[^ ]*' | sort -u | while read -r lib; do
  mkdir -p "$root$(dirname "$lib")"
  cp -L "$lib" "$root$lib"
done
for certs in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
  [ ! -e "$certs" ] || { cp -L "$certs" "$root/etc/ssl/certs/ca-certificates.crt"; break; }
done

# The modules, as a proxy made of files. go.sum still vouches for them.
go mod download
proxy="file://$(go env GOMODCACHE)/cache/download"
GOMODCACHE="$root/cache" GOPROXY="$proxy" GOSUMDB=off GOFLAGS=-modcacherw go mod download
mv "$root/cache/cache/download" "$root/modules/proxy"
chmod -R u+w "$root/cache"
rm -rf "$root/cache"

tar -C "$root" --numeric-owner --owner=0 --group=0 -cf - . | docker import \
  --change 'ENV PATH=/usr/local/go/bin:/bin' \
  --change 'ENV GOPROXY=file:///modules/proxy' \
  --change 'ENV GOSUMDB=off' \
  --change 'ENV GOTOOLCHAIN=local' \
  --change 'ENV HOME=/tmp' \
  - "$name" >/dev/null
echo "$name"
