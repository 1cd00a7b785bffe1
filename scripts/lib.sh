# Shared by the scripts beside this file, which source it from the root of the checkout.

progress() { printf '==> %s\n' "$*" >&2; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Prints the address of the machine's own Docker engine: at DOCKER_HOST, in docker's context, or at the usual socket.
# Fails where the lab cannot use one: none answers, it is on another machine, or it is rootless.
# CALICO_ENGINE=own leaves it alone in any case.
machine_engine() (
    [ "${CALICO_ENGINE:-}" != own ] && command -v docker >/dev/null 2>&1 || exit 1
    # An engine of ours in the caller's environment is not the machine's.
    case ${DOCKER_HOST:-} in unix:///run/calico-lab/*) unset DOCKER_HOST ;; esac
    address=$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null) || exit 1
    case $address in unix://*) ;; *) exit 1 ;; esac
    timeout 10 docker version >/dev/null 2>&1 || exit 1
    case $(docker info --format '{{.SecurityOptions}}') in *name=rootless*) exit 1 ;; esac
    echo "$address"
)
