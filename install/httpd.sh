# A package that stands for a web server. Sourced by install.sh, not run.
# shellcheck shell=bash

httpd_package=hosting-panel-httpd

# Adminer recommends a web server, so apt would install Apache whenever somebody removes nginx or puts another in its
# place, and Apache would take its ports. A package of nothing but a name keeps it from that.
provide_httpd() {
    if echo "$httpd_package" | missing_of | grep -q .; then build_httpd; fi
}

build_httpd() (
    place=$(mktemp -d)
    trap 'rm -rf "$place"' EXIT
    # All of it is in a folder of root's alone: whoever could put a package beside it would have root install that.
    install -d -m 0755 "$place/package/DEBIAN"
    cat >"$place/package/DEBIAN/control" <<END
Package: $httpd_package
Version: 1
Architecture: all
Section: metapackages
Priority: optional
Maintainer: Hosting Panel <root@localhost>
Provides: httpd
Description: stands for the web server of the Hosting Panel
 nginx serves the sites. While this package is installed, apt puts no other web
 server in its place when nginx is removed.
END
    dpkg-deb --build --root-owner-group "$place/package" "$place/httpd.deb" >/dev/null
    dpkg --install "$place/httpd.deb"
)
