# Linkage Gateway as a container: nothing in it but Python and the gateway, run by a user without rights.
#
#   docker build -t linkage-gateway .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#     -v city:/etc/linkage-gateway:ro -v state:/var/lib/linkage-gateway linkage-gateway
#
# The same sources make the same installation: every package is the one whose digest stands in deploy/requirements.txt, what builds the
# gateway's own in deploy/build-requirements.txt, and times are SOURCE_DATE_EPOCH. For the same image, name the base by its digest too: --build-arg BASE=python:3.11-slim@sha256:...
# deploy/try_image.sh builds and tries it; buildah and podman need --format docker, else they leave out the health check.
# EXTRAS=postgres,fast adds the kernels for fast conversion (numba, some 200 MB).
# Secrets come as docs/deployment.md says; none is ever part of the image.

ARG BASE=python:3.11-slim

FROM ${BASE} AS wheels
ARG SOURCE_DATE_EPOCH=1767225600
ENV SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH}
WORKDIR /source
COPY deploy/requirements.txt deploy/build-requirements.txt deploy/
RUN pip install --no-cache-dir --no-deps --only-binary :all: --require-hashes --requirement deploy/build-requirements.txt \
    && pip wheel --no-cache-dir --no-deps --only-binary :all: --require-hashes \
    --wheel-dir /wheels --requirement deploy/requirements.txt
COPY pyproject.toml README.md ./
COPY docs/LICENSE docs/
COPY config config
COPY adapters adapters
COPY gateway gateway
RUN pip wheel --no-cache-dir --no-index --no-deps --no-build-isolation --wheel-dir /wheels .

FROM ${BASE}
ARG EXTRAS=postgres
ARG SOURCE_DATE_EPOCH=1767225600
# pip compiles what it installs; with this variable the compiled files hold no times. The versions are those of the lock.
# hadolint ignore=DL3013
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH} \
    pip install --no-cache-dir --no-index --find-links /wheels "linkage-gateway[${EXTRAS}]"

# A fixed number, so that the rights of mounted folders can be set on the host.
RUN groupadd --gid 10440 gateway \
    && useradd --no-create-home --no-log-init --uid 10440 --gid gateway --home-dir /var/lib/linkage-gateway --shell /usr/sbin/nologin gateway \
    && install --directory --owner gateway --group gateway --mode 0700 /var/lib/linkage-gateway \
    && install --directory --mode 0755 /etc/linkage-gateway

# GATEWAY_STATE takes effect where gateway.yaml says `state_dir: {env: GATEWAY_STATE, default: ./var}`, as the sample city's does.
# GATEWAY_HEALTH follows `console.listen`, where that is another.
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LINKAGE_GATEWAY_CONFIG=/etc/linkage-gateway \
    GATEWAY_STATE=/var/lib/linkage-gateway \
    GATEWAY_HEALTH=http://127.0.0.1:8440/healthz
USER 10440:10440
WORKDIR /var/lib/linkage-gateway
VOLUME /var/lib/linkage-gateway

# That the daemon itself answers; whether each route succeeds stands in its log, its metrics and `status`.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(os.environ['GATEWAY_HEALTH'], timeout=8)"]

# SIGTERM drains: running transfers are finished first. Give it the time that gateway.yaml's `drain` says (--stop-timeout).
ENTRYPOINT ["linkage-gateway"]
CMD ["run"]
