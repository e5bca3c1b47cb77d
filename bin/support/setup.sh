# Shared by bin/serve, bin/test and bin/manage: a Python, an environment, the pinned requirements.
# Sourced, never run. Written for the bash 3.2 that macOS ships, too. People read Chinese, we read English.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
venv="$root/.venv"
var="${VAR_DIR:-$root/var}"

# Everything here talks on stderr: stdout belongs to the command (`bin/manage ... --json`).
say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# find_python: sets $python to the first Python >= 3.11.
find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            python=$(command -v "$name")
            return 0
        fi
    done
    die "没有找到 Python 3.11 或更新的版本：请先安装（Debian/Ubuntu：apt-get install python3 python3-venv；macOS：brew install python@3.12），再运行一次。"
}

# any_python: the environment's own where it works, else one of the machine's.
any_python() {
    python="$venv/bin/python"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || find_python
}

has_venv() { "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# need_writable DIR: the directory exists (made if need be) and a file can be written into it.
need_writable() {
    local probe="$1/.writable.$$"
    if mkdir -p "$1" 2>/dev/null && { : >"$probe"; } 2>/dev/null; then
        rm -f "$probe"
    else
        die "无法写入 $1：磁盘只读、已满或没有权限。请把程序放到可写的目录，再运行一次。"
    fi
}

# Where an index is configured for pip alone, uv would ask the wrong one (or none): then pip installs.
pip_only_index() {
    [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}${UV_INDEX:-}" ] || return 1
    [ -n "${PIP_INDEX_URL:-}" ] || "$venv/bin/python" -m pip config get global.index-url >/dev/null 2>&1
}

# install FILE: what the compiled file pins, hashes checked; nothing where the same file was installed before.
install() {
    local file="$root/$1" seen="$venv/.installed-$1" how=pip
    cmp -s "$file" "$seen" && return 0
    need_writable "$venv"
    say "正在安装 $1 中的依赖……"
    if ! pip_only_index; then
        if [ -x "$venv/bin/uv" ] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
            --require-hashes -r "$root/bin/support/uv.txt" >/dev/null 2>&1; then
            how=uv
        fi
    fi
    # Compiled now, so that each of the many processes started later need not do it again.
    if [ "$how" = uv ] && VIRTUAL_ENV="$venv" "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" \
        --compile-bytecode --require-hashes -r "$file"; then
        cp "$file" "$seen"
        return 0
    fi
    [ "$how" = pip ] || say "uv 未能完成安装，改用 pip。"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$file" ||
        die "依赖安装失败：请检查网络或软件源设置（pip config list），再运行一次。"
    cp "$file" "$seen"
}

# environment FILE...: .venv with these requirements; fast where they are installed already.
environment() {
    local file
    if ! "$venv/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        find_python
        has_venv || die "$python 缺少 venv 模块：请先安装（Debian/Ubuntu：apt-get install python3-venv），再运行一次。"
        need_writable "$venv"
        say "正在建立 Python 环境 .venv……"
        # --clear: an environment left half made, or made by a Python that is gone, is made anew.
        "$python" -m venv --clear "$venv" ||
            die "无法建立 Python 环境 $venv：请检查磁盘空间与 python3-venv，再运行一次。"
    fi
    need_writable "$var"
    for file in "$@"; do install "$file"; done
}

# become MODULE ARG...: turn into a module of this project, run by the environment's Python. -P and PYTHONPATH
# rather than cd: paths that people type stay relative to where they stand.
become() {
    PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}" exec "$venv/bin/python" -P -m "$@"
}
