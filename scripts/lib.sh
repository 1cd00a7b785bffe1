# Shared by the scripts beside this file, which source it from the root of the checkout.

progress() { printf '==> %s\n' "$*" >&2; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Does a Docker engine answer at DOCKER_HOST, or at the usual socket?
engine_answers() { command -v docker >/dev/null 2>&1 && timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
