# Linkage Gateway as a container: nothing in it but Python and the gateway, run by a user without rights.
#
#   docker build -t linkage-gateway .
#   docker run --read-only --tmpfs /tmp -v city:/etc/linkage-gateway:ro -v state:/var/lib/linkage-gateway linkage-gateway
#
# It also runs with --cap-drop ALL and --security-opt no-new-privileges. Secrets come as docs/reference/endpoints.md
# says, by environment or by mounted files; none is ever part of the image.

ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS wheels
WORKDIR /source
COPY pyproject.toml README.md ./
COPY docs/LICENSE docs/
COPY config config
COPY adapters adapters
COPY gateway gateway
RUN pip wheel --no-cache-dir --wheel-dir /wheels .

FROM python:${PYTHON}-slim
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels linkage-gateway

# A fixed number, so that the rights of mounted folders can be set on the host.
RUN groupadd --system --gid 10440 gateway \
    && useradd --system --uid 10440 --gid gateway --home-dir /var/lib/linkage-gateway --shell /usr/sbin/nologin gateway \
    && install --directory --owner gateway --group gateway --mode 0700 /var/lib/linkage-gateway \
    && install --directory --mode 0755 /etc/linkage-gateway

# GATEWAY_STATE takes effect where gateway.yaml says `state_dir: {env: GATEWAY_STATE}`, as the sample city's does.
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LINKAGE_GATEWAY_CONFIG=/etc/linkage-gateway \
    GATEWAY_STATE=/var/lib/linkage-gateway
USER gateway
WORKDIR /var/lib/linkage-gateway
VOLUME /var/lib/linkage-gateway

# That configuration and journal can be read; whether each route succeeds stands in its output and in the log.
HEALTHCHECK --interval=60s --timeout=20s --start-period=30s CMD ["linkage-gateway", "status", "--json"]

# SIGTERM drains: running transfers are finished first. Give it the time that gateway.yaml's `drain` says (--stop-timeout).
ENTRYPOINT ["linkage-gateway"]
CMD ["run"]
