# Looks whether the panel can be installed here, and changes nothing. Sourced by install.sh, not run.
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of install.sh and lib.sh

# port | programs that may have it already | what it is for
needed_ports=(
    "80|nginx|the sites"
    "443|nginx|the sites"
    "8080||the panel"
    "8081||Adminer"
    "3306|mariadbd|MariaDB"
    "6379|redis-server redis-check-rdb|Redis"
)

# Disk that a new installation needs, and an upgrade (MB).
room_new=1500
room_upgrade=600

problems=()
problem() { problems+=("$*"); }

is_installed() { [ -e /etc/nginx/sites-enabled/hosting-panel.conf ]; }

# Finds everything that would stop the installation, into $problems.
look() {
    local row port programs use
    for row in "${needed_ports[@]}"; do
        IFS='|' read -r port programs use <<<"$row"
        look_at_port "$port" "$programs" "$use"
    done
    is_installed || look_at_mysql
    look_at_disk
}

# What listens on an installed panel's ports belongs there.
look_at_port() {
    local pid
    is_installed && { [ "$1" != 8081 ] || [ -e /etc/nginx/sites-enabled/hosting-panel-tool.conf ]; } && return
    for pid in $(listeners "$1"); do
        if [ -n "$2" ] && is_one_of "$pid" "$2"; then continue; fi
        problem "Port $1 is needed for $3, and is taken by $(describe_process "$pid"). Move that program to another" \
            "port, or remove it"
        return
    done
}

# listeners PORT: the first process of each socket that listens there, or `unknown`. /proc needs no program that a bare
# machine may lack.
listeners() {
    local hex inode pid
    hex=$(printf '%04X' "$1")
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$hex" '$2 ~ port "$" && $4 == "0A" { print $10 }' |
        while read -r inode; do
            pid=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" 2>/dev/null | cut -d/ -f3 | sort -n | head -n 1)
            echo "${pid:-unknown}"
        done | sort -u
}

# is_one_of PID PROGRAMS: whether it is one of them, and no container's, whose program may have the same name.
is_one_of() {
    local program
    [ "$(readlink "/proc/$1/ns/pid")" = "$(readlink /proc/self/ns/pid)" ] || return 1
    program=$(basename "$(readlink "/proc/$1/exe" 2>/dev/null || echo -)" ' (deleted)')
    case " $2 " in *" $program "*) ;; *) return 1 ;; esac
}

describe_process() {
    local program line
    [ "$1" != unknown ] || { echo "another program"; return; }
    program=$(basename "$(readlink "/proc/$1/exe" 2>/dev/null || cat "/proc/$1/comm")" ' (deleted)')
    line=$(tr '\0' ' ' <"/proc/$1/cmdline" | tr -cd '[:print:]' | cut -c 1-60)
    echo "$program (process $1: ${line% })"
}

# The panel brings MariaDB, whose package would take the place of MySQL's and of its data.
look_at_mysql() {
    local packages directory
    # Neither need find anything.
    packages=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'mysql-server*' 'mysql-community-server*' \
        'percona-server-server*' 2>/dev/null | awk '$1 == "installed" { print $2 }' | paste -sd ' ' || true)
    if [ -n "$packages" ]; then
        problem "MySQL is installed ($packages$(running_mysql)), and the panel brings MariaDB in its place. Dump its" \
            "databases, remove MySQL and its data (/var/lib/mysql), and import them afterwards"
    elif [ -e /var/lib/mysql/mysql.ibd ]; then
        problem "/var/lib/mysql holds the data of a MySQL server, which MariaDB cannot read. Move it away"
    fi
    directory=$(sed -nE 's/^[[:space:]]*datadir[[:space:]]*=[[:space:]]*([^[:space:]]+).*/\1/p' \
        /etc/mysql/{my.cnf,conf.d/*.cnf,mariadb.conf.d/*.cnf} 2>/dev/null | tail -n 1 || true)
    case "${directory%/}" in
        '' | /var/lib/mysql) ;;
        *) problem "MariaDB keeps its data in $directory (datadir in /etc/mysql), and the panel needs it in" \
            "/var/lib/mysql. Move it there, or mount it there" ;;
    esac
}

running_mysql() {
    local pid
    pid=$(pgrep -o -x mysqld 2>/dev/null) && echo ", running as $(describe_process "$pid")"
}

look_at_disk() {
    local need=$room_new free place
    # An upgrade keeps the database beside the new one.
    is_installed && need=$((room_upgrade + 2 * $(du -sm "$home/data" | cut -f 1)))
    for place in /opt /usr /var; do
        free=$(df -Pm "$place" | awk 'NR == 2 { print $4 }')
        if [ "$free" -lt "$need" ]; then
            problem "$place has $free MB of free disk, and the installation needs $need MB. Free some"
            return
        fi
    done
}

refuse_problems() {
    [ "${#problems[@]}" -gt 0 ] || return 0
    echo "The panel cannot be installed here yet. Nothing was changed." >&2
    printf '  - %s.\n' "${problems[@]}" >&2
    echo "Then run install.sh again." >&2
    exit 1
}

# Shows the steps and the packages. apt only simulates, and takes no lock.
show_plan() {
    local number=0 row name what missing
    echo "This would be done (nothing is changed now):"
    for row in "${steps[@]}"; do
        number=$((number + 1))
        IFS='|' read -r name what _ <<<"$row"
        printf '  %2d. %-12s %s\n' "$number" "$name" "$what"
    done
    mapfile -t missing < <(wanted_packages | missing_of)
    if [ "${#missing[@]}" -eq 0 ]; then
        echo "All packages are installed already."
    else
        printf '%s\n' "Packages to install: ${missing[*]}" | fold -s -w 100
        simulate "${missing[@]}"
    fi
}

# simulate PACKAGE...: says how many packages come with them, or why apt would refuse.
simulate() {
    local said
    if [ -z "$(find /var/lib/apt/lists -name '*_Packages*' -print -quit)" ]; then
        echo "apt has no lists of packages here yet (apt-get update), so whether it has these is unknown."
    elif said=$(apt-get --simulate -o Debug::NoLocking=1 -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        install --no-install-recommends "$@" 2>&1); then
        echo "With what they need, $(grep -c '^Inst ' <<<"$said") packages."
    else
        problem "apt cannot install them: $(grep '^E:' <<<"$said" | paste -sd ' ')"
    fi
}
